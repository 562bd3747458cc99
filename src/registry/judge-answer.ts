/** What an answer to a callback means (PROTOCOL 4). */

import { isJsonObject, type JsonNode } from '../dci/json-node.ts';
import { parseJson } from '../dci/json-parse.ts';
import { decodeBody } from '../dci/utf8.ts';
import { GatewayError } from '../errors.ts';
import { readRetryAfter } from '../plugin.ts';
import type { OutboundAnswer } from '../security/outbound/http-client.ts';
import type { OutboundError } from '../security/outbound/outbound-error.ts';

export interface Verdict {
  readonly result: 'delivered' | 'retry' | 'dead';
  /** HTTP status, where one came. */
  readonly status?: number;
  /** A word for what went wrong; never text of the receiver. */
  readonly problem?: string;
  /** The receiver asks for this pause, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The receiver has it and says `ack_status: ERR`. */
  readonly refused?: true;
}

/** Nothing was sent: the partner's token endpoint gave no access token. */
export const NO_TOKEN: Verdict = { result: 'retry', problem: 'no access token' };
/** One that was just issued is not taken: the two servers may yet agree. */
export const TOKEN_REFUSED: Verdict = { result: 'retry', status: 401, problem: 'access token refused' };

const TRY_AGAIN = new Set([408, 425, 429]);
const DEPTH = 32;

/**
 * @param first whether this was the first attempt: a duplicate of a later one was received before
 * @param now milliseconds since 1970, for a `Retry-After` that is a date
 */
export const judgeAnswer = (answer: OutboundAnswer, first: boolean, now: number): Verdict => {
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const refusal = refusalIn(answer.body);
    if (refusal === undefined) return { result: 'delivered', status };
    if (refusal === 'duplicate' && !first) return { result: 'delivered', status, problem: 'duplicate' };
    return { result: 'retry', status, problem: 'ack_status ERR', refused: true };
  }
  if (status < 500 && !TRY_AGAIN.has(status)) {
    return { result: 'dead', status, problem: status >= 300 && status < 400 ? 'redirect' : 'refused' };
  }
  const retryAfterMs = readRetryAfter(answer.headers, now);
  return { result: 'retry', status, problem: 'failed', ...(retryAfterMs !== undefined && { retryAfterMs }) };
};

/** No answer. An address that may not be connected may be another one next time. */
export const judgeFailure = ({ kind }: OutboundError): Verdict => ({
  result: 'retry',
  problem: kind === 'refused' ? 'address refused' : kind,
});

/** `ack_status: ERR` in the message or beside it, whatever else the body is. */
const refusalIn = (body: Buffer): 'duplicate' | 'other' | undefined => {
  const root = read(body);
  if (!isJsonObject(root)) return undefined;
  const message = isJsonObject(root.message) ? root.message : root;
  if (message.ack_status !== 'ERR' && root.ack_status !== 'ERR') return undefined;
  const header = isJsonObject(root.header) ? root.header : root;
  const error = isJsonObject(message.error) ? message.error : message;
  const codes = [header.status_reason_code, error.code];
  return codes.includes('rjct.message_id.duplicate') ? 'duplicate' : 'other';
};

const read = (body: Buffer): JsonNode | undefined => {
  try {
    return body.length === 0 ? undefined : parseJson(decodeBody(body), { maxDepth: DEPTH }).root;
  } catch (cause) {
    if (cause instanceof GatewayError) return undefined; // a 2xx with a page of text is delivered as well
    throw cause;
  }
};
