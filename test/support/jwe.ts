/** A partner's own encryption: with jose, as its system would do it, and by hand with `node:crypto` as a second opinion. */

import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { FlattenedEncrypt, flattenedDecrypt } from 'jose';

export interface EncryptionPair {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  /** With `kid`, `use` and `alg`, as it stands in a JWKS. */
  readonly jwk: Readonly<Record<string, string>>;
}

export const encryptionPair = (kind: 'rsa' | 'p-256' | 'x25519', kid = `enc-${kind}`): EncryptionPair => {
  const { publicKey, privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : kind === 'p-256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('x25519');
  const alg = kind === 'rsa' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW';
  return { kid, alg, privateKey, jwk: { ...(publicKey.export({ format: 'jwk' }) as object), kid, use: 'enc', alg } };
};

export interface Jwe {
  header: Record<string, unknown>;
  protected?: string;
  ciphertext: string;
  encrypted_key: string;
  tag: string;
  iv: string;
}

type PublicJwk = Readonly<Record<string, string>>;

/** Encrypts for a key as the key set shows it; what the header says can be replaced. */
export const encryptFor = async (
  jwk: PublicJwk,
  message: unknown,
  header: Readonly<Record<string, unknown>> = {},
): Promise<Jwe> => {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const jwe = await new FlattenedEncrypt(Buffer.from(text))
    .setUnprotectedHeader({ alg: jwk.alg ?? '', enc: 'A256GCM', kid: jwk.kid ?? '', ...header })
    .encrypt(createPublicKey({ key: jwk, format: 'jwk' } as never));
  return JSON.parse(JSON.stringify(jwe)) as Jwe;
};

/** What an answer or a callback says; throws where it is not encrypted for this key. */
export const decryptWith = async (pair: EncryptionPair, message: Jwe): Promise<ReturnType<typeof JSON.parse>> => {
  if (message.header.kid !== pair.kid) throw new Error(`it is for ${String(message.header.kid)}`);
  const { plaintext } = await flattenedDecrypt(message, pair.privateKey);
  return JSON.parse(Buffer.from(plaintext).toString('utf8'));
};

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;

/** RFC 7516 for RSA-OAEP-256 and A256GCM, without a library: nothing is protected, so the additional data is empty. */
export const encryptByHand = (jwk: PublicJwk, text: string): Jwe => {
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' } as never);
  return {
    header: { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: jwk.kid },
    ciphertext: ciphertext.toString('base64url'),
    encrypted_key: publicEncrypt({ key: publicKey, ...OAEP }, key).toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
    iv: iv.toString('base64url'),
  };
};

export const decryptByHand = (privateKey: KeyObject, jwe: Omit<Jwe, 'header'>): string => {
  const key = privateDecrypt({ key: privateKey, ...OAEP }, Buffer.from(jwe.encrypted_key, 'base64url'));
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(jwe.iv, 'base64url'), { authTagLength: 16 });
  decipher.setAuthTag(Buffer.from(jwe.tag, 'base64url'));
  return Buffer.concat([decipher.update(Buffer.from(jwe.ciphertext, 'base64url')), decipher.final()]).toString('utf8');
};
