/** Makes log fields safe and small: secrets by their key, credentials in URLs, bounds on text, lists, depth and number of keys. */

const MAX_TEXT = 500; // characters
const MAX_SOURCE = 4 * MAX_TEXT; // of a text no more is looked at
const MAX_ITEMS = 20;
const MAX_KEYS = 40;
const MAX_DEPTH = 4;
const MAX_FRAMES = 8;

const HIDDEN = '[redacted]';

/** Keys whose values are never written, whatever their case and separators: `client_secret`, `Authorization`, `encryptionKey`. */
const SECRET =
  /^(authorization|cookie|setcookie|.*secret.*|.*password.*|passwd|pwd|.*token|.*apikey|.*privatekey|.*encryptionkey|sealedprivatejwk|credentials?|signature|assertion|pem|jwk|d|k)$/;

/** Up to the last `@` of the word: a password may hold `/` and `@` where somebody forgot to encode it. */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi;

/** The same fields, safe to write. */
export const redact = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => redactMap(fields, 0);

const redactMap = (fields: object, depth: number): Record<string, unknown> => {
  const entries = Object.entries(fields);
  const kept = entries
    .slice(0, MAX_KEYS)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, isSecret(key) ? HIDDEN : redactValue(value, depth)] as const);
  const dropped = entries.length - MAX_KEYS;
  return Object.fromEntries(dropped > 0 ? [...kept, ['…', `${dropped} more`] as const] : kept);
};

const isSecret = (key: string): boolean => SECRET.test(key.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));

const redactValue = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const items = Array.isArray(value) || value instanceof Set ? [...value] : undefined;
  if (items === undefined) return redactMap(value instanceof Map ? Object.fromEntries(value) : value, depth + 1);
  const kept = items.slice(0, MAX_ITEMS).map((item) => redactValue(item, depth + 1));
  return items.length > MAX_ITEMS ? [...kept, `… ${items.length - MAX_ITEMS} more`] : kept;
};

/** Text without credentials in URLs, cut to a bound. */
export const redactText = (text: string): string => {
  const start = text.slice(0, MAX_SOURCE);
  const safe = start.includes('://') ? start.replace(URL_CREDENTIALS, `$1${HIDDEN}@`) : start;
  return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}… (${text.length} characters)` : safe;
};

/** An error by what finds its place in the code. Its own further members may hold a query or a row and are left out. */
const describeError = (error: Error, depth: number): Record<string, unknown> => ({
  name: error.name,
  message: redactText(error.message),
  ...('code' in error && { code: redactValue(error.code, MAX_DEPTH) }),
  ...('detail' in error && error.name === 'GatewayError' && { detail: redactValue(error.detail, MAX_DEPTH) }),
  stack: (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, MAX_FRAMES).map((line) => line.trim()), // biome-ignore format: one step a word
  ...(error.cause !== undefined && { cause: redactValue(error.cause, depth + 1) }),
});
