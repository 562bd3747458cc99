/**
 * The envelope's `signature` text of the dci profiles (PROTOCOL 5): read leniently, written in one way.
 *
 *     Signature: namespace="dci", kidId="{sender_id}|{key_id}|{algorithm}", algorithm="ed25519",
 *     created="…", expires="…", headers="(created) (expires) digest", signature="base64"
 */

export interface SignatureText {
  /** `kidId` or `keyId`, as written. */
  readonly kid: string;
  /** The `algorithm` parameter, where there is one. */
  readonly algorithm: string | undefined;
  /** Seconds since 1970, as written: these digits are what was signed. */
  readonly created: string;
  readonly expires: string;
  readonly headers: string | undefined;
  readonly signature: Buffer;
  /** Whether the text begins with `Signature:`. */
  readonly prefixed: boolean;
}

/** Why a signature text cannot be read; for the log and for `explain`, not for the caller. */
export class SignatureProblem extends Error {
  override readonly name = 'SignatureProblem';
}

export const SIGNED_HEADERS = '(created) (expires) digest';

const MAX_CHARACTERS = 4096; // an RSA-8192 signature and three long ids take half of it
const PREFIX = /^\s*signature\s*:\s*/i;
const PARAMETER = /\s*([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s,"']+))(?:\s*,|\s+|\s*$)/y;
const SECONDS = /^[0-9]{1,11}$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** @throws SignatureProblem */
export const parseSignatureText = (text: string): SignatureText => {
  if (text.length > MAX_CHARACTERS) throw new SignatureProblem('the signature text is too long');
  const prefix = PREFIX.exec(text)?.[0];
  const parameters = readParameters(text, prefix?.length ?? 0);
  const base64 = need(parameters, 'signature').replaceAll(/\s/g, '');
  if (!BASE64.test(base64)) throw new SignatureProblem('signature is not base64');
  return {
    kid: need(parameters, 'kidid'),
    algorithm: parameters.get('algorithm'),
    created: seconds(parameters, 'created'),
    expires: seconds(parameters, 'expires'),
    headers: parameters.get('headers'),
    signature: Buffer.from(base64, 'base64'),
    prefixed: prefix !== undefined,
  };
};

const readParameters = (text: string, start: number): ReadonlyMap<string, string> => {
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = start;
  const length = text.trimEnd().length;
  let end = start;
  while (end < length) {
    const match = PARAMETER.exec(text);
    if (match === null) throw new SignatureProblem(`no name="value" at character ${end}`);
    end = PARAMETER.lastIndex;
    const [, name = '', double, single, bare] = match;
    const known = nameOf(name);
    if (parameters.has(known)) throw new SignatureProblem(`the parameter ${known} stands twice`);
    parameters.set(known, double ?? single ?? bare ?? '');
  }
  return parameters;
};

/** `keyId` is another spelling of `kidId`; case does not matter. */
const nameOf = (name: string): string => {
  const lower = name.toLowerCase();
  return lower === 'keyid' || lower === 'kid' ? 'kidid' : lower;
};

const need = (parameters: ReadonlyMap<string, string>, name: string): string => {
  const value = parameters.get(name);
  if (value === undefined || value === '') throw new SignatureProblem(`the parameter ${name} is missing`);
  return value;
};

const seconds = (parameters: ReadonlyMap<string, string>, name: string): string => {
  const value = need(parameters, name);
  if (/^[0-9]{13}$/.test(value)) throw new SignatureProblem(`${name} is in milliseconds: it must be in seconds`);
  if (!SECONDS.test(value)) throw new SignatureProblem(`${name} is not a number of seconds`);
  return value;
};

/** What goes into our own messages. `prefixed` puts `Signature: ` in front. */
export const formatSignatureText = (parts: {
  readonly kid: string;
  readonly created: number;
  readonly expires: number;
  readonly signature: Uint8Array;
  readonly prefixed: boolean;
}): string =>
  `${parts.prefixed ? 'Signature: ' : ''}namespace="dci", kidId="${parts.kid}", algorithm="ed25519", ` +
  `created="${parts.created}", expires="${parts.expires}", headers="${SIGNED_HEADERS}", ` +
  `signature="${Buffer.from(parts.signature).toString('base64')}"`;
