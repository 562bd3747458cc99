/**
 * A file on its way in, until its signature is proved: on disk under a key that this process alone has and keeps in no
 * place, in a file that has no name any more. Whatever happens to the process, nothing of it is left.
 */

import { type CipherGCM, createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../../errors.ts';

export interface Spool extends AsyncDisposable {
  /** Of all of it, in hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** From its beginning, as often as wanted. Rejects where the disk gives back something else than was written. */
  read(): AsyncIterable<Buffer>;
}

const ALGORITHM = 'aes-256-gcm';
const PIECE_BYTES = 64 * 1024;

/** @param folder made where it is missing, 0700 */
export const writeSpool = async (folder: string, source: AsyncIterable<Buffer>): Promise<Spool> => {
  const file = await openNameless(folder).catch(refuse);
  try {
    const key = randomBytes(32);
    const iv = randomBytes(12);
    const cipher = createCipheriv(ALGORITHM, key, iv);
    const { sha256, bytes } = await encrypt(source, cipher, file);
    const tag = cipher.getAuthTag();
    return {
      sha256,
      bytes,
      read: async function* () {
        const decipher = createDecipheriv(ALGORITHM, key, iv).setAuthTag(tag);
        for (let at = 0; at < bytes; ) {
          const { buffer, bytesRead } = await file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, at);
          if (bytesRead === 0) throw new Error('an upload was cut on the disk');
          yield decipher.update(buffer.subarray(0, bytesRead));
          at += bytesRead;
        }
        decipher.final();
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    return refuse(cause);
  }
};

/** A disk that is full or cannot be written is nothing that the caller could mend. */
const refuse = (cause: unknown): never => {
  if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
  throw new GatewayError('service.unavailable', { detail: 'an upload cannot be kept on the disk', cause });
};

const openNameless = async (folder: string): Promise<FileHandle> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${randomBytes(12).toString('hex')}.upload`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
};

const encrypt = async (
  source: AsyncIterable<Buffer>,
  cipher: CipherGCM,
  file: FileHandle,
): Promise<{ readonly sha256: string; readonly bytes: number }> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of source) {
    hash.update(piece);
    bytes += piece.length;
    await file.appendFile(cipher.update(piece));
  }
  cipher.final(); // of this mode nothing more comes
  return { sha256: hash.digest('hex'), bytes };
};
