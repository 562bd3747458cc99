import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** https://www.sqlite.org/fileformat.html 1.3: the magic, the page size at 16 (1 stands for 65536), the number of pages at 28. */
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const PAGE_SIZE_AT = 16;
const PAGES_AT = 28;

/** Whether a file is a SQLite database as long as it says it is: one that a full disk or a copy cut off is not. */
export const isWholeDatabase = (path: string): boolean => {
  if (!existsSync(path)) return false;
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return false;
    if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return false;
    const pageSize = header.readUInt16BE(PAGE_SIZE_AT);
    return (pageSize === 1 ? 65_536 : pageSize) * header.readUInt32BE(PAGES_AT) === fstatSync(file).size;
  } finally {
    closeSync(file);
  }
};
