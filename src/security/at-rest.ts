/** What lies in the store is sealed with AES-256-GCM under one key of the operator's: a dump of the database alone shows nothing. */

import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../store/store.ts';

export interface Sealer {
  /** `v1.` and base64url of iv, tag and ciphertext. Two seals of one text differ. */
  seal(plain: string): string;
  /** @throws StoreError when the text was sealed with another key or was changed */
  open(sealed: string): string;
}

export interface AtRest {
  readonly sealer: Sealer;
  /** 32 bytes for keyed hashes (client secrets), derived from the same key. */
  readonly hmacKey: Buffer;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1.';
const CHECK_TEXT = 'dci-gateway';

/**
 * The key is the configured one (base64 of 32 bytes), else the one in `encryption.key` beside the store, made at the first start (0600).
 * `encryption.check` beside it tells a wrong key at once, before anything is written with it.
 *
 * @throws StoreError naming the file and what to do: a wrong, lost or malformed key, a file or folder that others may reach
 */
export const openSealer = async ({
  folder,
  encryptionKey,
  mongodb,
}: {
  readonly folder: string;
  readonly encryptionKey?: string | undefined;
  /** The store is not in the folder: the key must be given, and the folder is left alone. Our own keys tell a wrong one. */
  readonly mongodb?: object | undefined;
}): Promise<AtRest> => {
  if (mongodb !== undefined) return withKey(readKey(encryptionKey ?? '', 'store.encryption_key'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keyFile = join(folder, 'encryption.key');
  const checkFile = join(folder, 'encryption.check');
  const check = await readPrivate(checkFile);
  const text = encryptionKey ?? (await readPrivate(keyFile));
  if (text === undefined && check !== undefined) {
    throw new StoreError(
      `${keyFile} is missing, and ${folder} was written with it: restore it, or set store.encryption_key`,
    );
  }
  const key = readKey(
    text ?? (await writeOnce(keyFile, randomBytes(KEY_BYTES).toString('base64'))),
    encryptionKey === undefined ? keyFile : 'store.encryption_key',
  );
  const { sealer, hmacKey } = withKey(key);
  const sealed = check ?? (await writeOnce(checkFile, sealer.seal(CHECK_TEXT)));
  if (!opens(sealer, sealed)) {
    const where = encryptionKey === undefined ? `the key in ${keyFile}` : 'store.encryption_key';
    throw new StoreError(
      `${where} is not the key that ${folder} was written with: put the right one back, or use another store.folder`,
    );
  }
  return { sealer, hmacKey };
};

const withKey = (key: Buffer): AtRest => ({ sealer: createSealer(derive(key, 'seal')), hmacKey: derive(key, 'hmac') });

/** @param key 32 bytes */
export const createSealer = (key: Buffer): Sealer => {
  // Made once: Node would make one of the bytes for each text, which costs more than sealing it.
  const secret = createSecretKey(key);
  return {
    seal: (plain) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret, iv, { authTagLength: TAG_BYTES });
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return VERSION + Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
      if (!sealed.startsWith(VERSION) || bytes.length < IV_BYTES + TAG_BYTES)
        throw new StoreError('a sealed text is malformed');
      const iv = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', secret, iv, { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new StoreError('a sealed text was sealed with another key, or was changed', { cause });
      }
    },
  };
};

const opens = (sealer: Sealer, sealed: string): boolean => {
  try {
    return sealer.open(sealed) === CHECK_TEXT;
  } catch (cause) {
    if (cause instanceof StoreError) return false;
    throw cause;
  }
};

const derive = (key: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `dci-gateway ${purpose}`, KEY_BYTES));

const readKey = (text: string, where: string): Buffer => {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === KEY_BYTES && /^[A-Za-z0-9+/]{43}=$/.test(text.trim())) return key;
  throw new StoreError(`${where} must hold 32 bytes in base64 (44 characters): openssl rand -base64 32`);
};

/** Undefined where there is no such file. */
const readPrivate = async (path: string): Promise<string | undefined> => {
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    if ((mode & 0o077) === 0) return await file.readFile('utf8');
    throw new StoreError(`${path} has mode ${(mode & 0o777).toString(8)}, others may reach it: chmod 600 ${path}`);
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined;
    throw cause instanceof StoreError ? cause : new StoreError(`${path} cannot be read`, { cause });
  }
};

/** Whole or not at all, and never over another's: of two processes that start together both end with the same content. */
const writeOnce = async (path: string, content: string): Promise<string> => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, content, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, path);
    return content;
  } catch (cause) {
    const written = isCode(cause, 'EEXIST') ? await readPrivate(path) : undefined;
    if (written === undefined) throw new StoreError(`${path} cannot be written`, { cause });
    return written;
  } finally {
    await rm(draft, { force: true });
  }
};

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
