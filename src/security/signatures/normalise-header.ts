import { JsonNumber } from '../../dci/json-node.ts';

const REQUEST_KEYS = [
  'version',
  'message_id',
  'message_ts',
  'action',
  'sender_id',
  'sender_uri',
  'receiver_id',
  'total_count',
  'is_msg_encrypted',
  'meta',
];
const STATUS_KEYS = ['status', 'status_reason_code', 'status_reason_message', 'completed_count'];
const DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['version', '1.0.0'],
  ['total_count', new JsonNumber('0')],
  ['is_msg_encrypted', false],
]);

/**
 * The header as `dci-normalised` signs it (PROTOCOL 5): exactly the ten request keys, with a status also the four of
 * answers; what is missing has its default or is null, what is unknown is dropped, the timestamp is rewritten.
 * Takes received headers and our own.
 */
export const normaliseHeader = <Value>(header: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> => {
  const hasStatus = header.status !== undefined && header.status !== null;
  const keys = hasStatus ? [...REQUEST_KEYS, ...STATUS_KEYS] : REQUEST_KEYS;
  const normalised: Record<string, unknown> = Object.create(null);
  for (const key of keys) normalised[key] = header[key] ?? DEFAULTS.get(key) ?? null;
  if (typeof normalised.message_ts === 'string') normalised.message_ts = normaliseTimestamp(normalised.message_ts);
  return normalised as Record<string, Value>; // defaults are JSON values as well
};

/** `+00:00` becomes `Z`, three fraction digits become six. */
const normaliseTimestamp = (text: string): string =>
  text.replace(/\+00:00$/, 'Z').replace(/(T[0-9:]+\.[0-9]{3})(?=$|Z$|[+-][0-9:]+$)/, '$1000');
