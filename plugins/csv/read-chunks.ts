import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import iconv from 'iconv-lite';

const CHUNK_BYTES = 256 * 1024;
const REPLACEMENT = Buffer.from('\uFFFD');
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

export interface ChunkSource {
  /** The file's content as UTF-8 without a byte order mark. */
  readonly chunks: Iterable<Buffer>;
  /** Whether these bytes were decoded without loss. */
  decoded(bytes: Buffer): boolean;
  /** SHA-256 of what was read. */
  digest(): string;
}

/** Reads with blocking calls: for a worker, or for the first chunk alone. */
export const readChunks = (path: string, encoding: string): ChunkSource => {
  const hash = createHash('sha256');
  function* raw(): Generator<Buffer> {
    const file = openSync(path, 'r');
    try {
      for (;;) {
        const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
        const length = readSync(file, buffer, 0, CHUNK_BYTES, null);
        if (length === 0) return;
        const bytes = buffer.subarray(0, length);
        hash.update(bytes);
        yield bytes;
      }
    } finally {
      closeSync(file);
    }
  }
  const utf8 = isUtf8Name(encoding);
  return {
    chunks: utf8 ? withoutMark(raw()) : decode(raw(), encoding),
    decoded: utf8 ? isUtf8 : (bytes) => !bytes.includes(REPLACEMENT),
    digest: () => hash.digest('hex'),
  };
};

const isUtf8Name = (encoding: string): boolean => /^utf-?8$/i.test(encoding);

function* withoutMark(chunks: Iterable<Buffer>): Generator<Buffer> {
  let first = true;
  for (const chunk of chunks) {
    yield first && chunk.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
      ? chunk.subarray(BYTE_ORDER_MARK.length)
      : chunk;
    first = false;
  }
}

/** The decoder takes a byte order mark away by itself; it may keep the first bytes until it has seen enough of them. */
function* decode(chunks: Iterable<Buffer>, encoding: string): Generator<Buffer> {
  const decoder = iconv.getDecoder(encoding);
  for (const chunk of chunks) {
    const text = decoder.write(chunk);
    if (text !== '') yield Buffer.from(text);
  }
  const rest = decoder.end() ?? '';
  if (rest !== '') yield Buffer.from(rest);
}
