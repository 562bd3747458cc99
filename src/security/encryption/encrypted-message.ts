/**
 * The form of an encrypted message: a flattened JSON JWE (RFC 7516) that says alg, enc and kid in its unprotected header; the
 * ephemeral key of ECDH-ES stands in `protected` (PROTOCOL 9). Everything is bounded, and what is not known is refused.
 */

import { isJsonObject, type JsonNode, type JsonObject } from '../../dci/json-node.ts';
import { parseJsonObject } from '../../dci/json-parse.ts';
import { decodeBody } from '../../dci/utf8.ts';
import { GatewayError } from '../../errors.ts';
import { CONTENT_ALGORITHM, KEY_ALGORITHMS, type KeyAlgorithm } from './algorithms.ts';

/** As it goes over the wire. */
export interface EncryptedMessage {
  readonly header: Readonly<Record<string, unknown>>;
  readonly protected?: string;
  readonly ciphertext: string;
  readonly encrypted_key: string;
  readonly tag: string;
  readonly iv: string;
}

export interface ReadMessage {
  /** Its members as they were checked, and no others. */
  readonly jwe: EncryptedMessage;
  readonly kid: string;
  readonly algorithm: KeyAlgorithm;
}

/** Why an encrypted message cannot be used, for the log and for tools; never shown to a caller. */
export class EncryptionProblem extends Error {
  override readonly name = 'EncryptionProblem';
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;
const IV_CHARACTERS = 16; // 96 bits
const TAG_CHARACTERS = 22; // 128 bits
const LONGEST_ENCRYPTED_KEY = 1_400; // of RSA with 8192 bits
const LONGEST_PROTECTED = 2_048;
const LONGEST_KID = 300;
const DEPTH = 4;
/** `typ` and `cty` say nothing that matters. Compression, passwords, keys that a message brings and `crit` are not in here. */
const HEADER_MEMBERS = ['alg', 'enc', 'kid', 'epk', 'apu', 'apv', 'typ', 'cty'];
const EPK_MEMBERS = ['kty', 'crv', 'x', 'y'];
/** Members of a JWE that change what is authenticated or who can open it. */
const REFUSED = ['aad', 'recipients', 'unprotected'];

/** Whether a message has the form of an encrypted one; no message in clear has this member. */
export const isEncrypted = (message: JsonNode | undefined): message is JsonObject =>
  isJsonObject(message) && message.ciphertext !== undefined;

/** @throws EncryptionProblem for what is absent, too long, not known or said twice */
export const readEncryptedMessage = (message: JsonObject): ReadMessage => {
  const refused = REFUSED.find((name) => message[name] !== undefined);
  if (refused !== undefined) throw new EncryptionProblem(`the member ${refused} is refused`);
  const header = message.header === undefined ? {} : headerOf(message.header, 'header');
  const protectedText = message.protected === undefined ? undefined : protectedOf(message.protected);
  const inside = protectedText === undefined ? {} : readProtected(protectedText);
  const doubled = Object.keys(inside).find((name) => name in header);
  if (doubled !== undefined) throw new EncryptionProblem(`${doubled} stands in header and in protected`);
  const { alg, enc, kid } = { ...header, ...inside };
  const algorithm = KEY_ALGORITHMS.find((each) => each === alg);
  if (algorithm === undefined) throw new EncryptionProblem('the alg is missing or not supported');
  if (enc !== CONTENT_ALGORITHM) throw new EncryptionProblem('the enc is missing or not supported');
  if (typeof kid !== 'string' || kid === '' || kid.length > LONGEST_KID)
    throw new EncryptionProblem('the kid is missing or too long');
  const encryptedKey = base64url(message, 'encrypted_key');
  if (encryptedKey === '' || encryptedKey.length > LONGEST_ENCRYPTED_KEY)
    throw new EncryptionProblem('the encrypted_key is absent or too long');
  const iv = base64url(message, 'iv');
  if (iv.length !== IV_CHARACTERS) throw new EncryptionProblem('the iv has not 96 bits');
  const tag = base64url(message, 'tag');
  if (tag.length !== TAG_CHARACTERS) throw new EncryptionProblem('the tag has not 128 bits');
  const jwe: EncryptedMessage = {
    header,
    ...(protectedText !== undefined && { protected: protectedText }),
    ...{ ciphertext: base64url(message, 'ciphertext'), encrypted_key: encryptedKey, tag, iv },
  };
  return { jwe, kid, algorithm };
};

const base64url = (message: JsonObject, name: string): string => {
  const text = message[name];
  if (typeof text !== 'string' || !BASE64URL.test(text)) throw new EncryptionProblem(`the ${name} is no base64url`);
  return text;
};

const protectedOf = (node: JsonNode): string => {
  if (typeof node === 'string' && node !== '' && node.length <= LONGEST_PROTECTED && BASE64URL.test(node)) return node;
  throw new EncryptionProblem('protected is no base64url, or too long');
};

const readProtected = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return headerOf(parseJsonObject(decodeBody(Buffer.from(text, 'base64url')), { maxDepth: DEPTH }).root, 'protected');
  } catch (cause) {
    if (cause instanceof GatewayError) throw new EncryptionProblem('protected is not a JSON object', { cause });
    throw cause;
  }
};

/** Plain values of the members that are known. */
const headerOf = (node: JsonNode, place: string): Readonly<Record<string, unknown>> => {
  if (!isJsonObject(node)) throw new EncryptionProblem(`${place} is no object`);
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(node)) {
    if (!HEADER_MEMBERS.includes(name)) throw new EncryptionProblem(`${place} has a member that is refused`);
    plain[name] = name === 'epk' ? ephemeralKey(value) : textOf(value, name);
  }
  return plain;
};

const ephemeralKey = (node: JsonNode): Readonly<Record<string, string>> => {
  if (!isJsonObject(node)) throw new EncryptionProblem('epk is no object');
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name]) => EPK_MEMBERS.includes(name))
      .map(([name, value]) => [name, textOf(value, name)]),
  );
};

const textOf = (node: JsonNode, name: string): string => {
  if (typeof node === 'string') return node;
  throw new EncryptionProblem(`${name} is no text`);
};
