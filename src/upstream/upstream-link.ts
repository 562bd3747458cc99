/** Calls to one upstream: our token, our signature, its verified answer. Nothing of a caller's request travels along. */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { PROTOCOL_VERSION } from '../dci/answer-header.ts';
import { formatTimestamp } from '../dci/timestamps.ts';
import {
  BackendError,
  type Upstream,
  type UpstreamAnswer,
  type UpstreamOptions,
  type UpstreamRequest,
} from '../plugin.ts';
import type { FindDecryptionKey } from '../security/encryption/decrypt.ts';
import { type AccessToken, createAccessToken } from '../security/outbound/access-token.ts';
import type { CheckedAgent } from '../security/outbound/checked-agent.ts';
import type { OpenOutbound, OutboundAnswer, OutboundRequest } from '../security/outbound/http-client.ts';
import { OutboundError } from '../security/outbound/outbound-error.ts';
import type { Verifier } from '../security/signatures/verify.ts';
import type { WriteFor } from '../security/write-for.ts';
import { badStatus, createAnswerReader } from './read-answer.ts';
import { saidWhy } from './said-why.ts';

export interface LinkParts {
  /** Names it in logs: `upstream:civil`. */
  readonly id: string;
  readonly outbound: OpenOutbound;
  readonly checked: CheckedAgent;
  readonly verifier: Verifier;
  readonly writeFor: WriteFor;
  readonly decryptionKey: FindDecryptionKey;
  readonly clock: Clock;
  /** Our sender_id. */
  readonly senderId: string;
}

export const createUpstreamLink = (options: UpstreamOptions, parts: LinkParts): Upstream => {
  const { id, outbound, checked, verifier, writeFor, clock, senderId } = parts;
  const fetch = (url: string, request: OutboundRequest): Promise<OutboundAnswer> =>
    orBackend(outbound.fetch(url, request));
  const token: AccessToken | undefined =
    options.token === undefined ? undefined : createAccessToken(options.token, outbound.fetch, clock);
  const tokenFor = async (signal: AbortSignal, refused?: string): Promise<string | undefined> =>
    token === undefined ? undefined : orBackend(token.get(signal, refused));
  const reader = createAnswerReader(id, options, verifier, parts.decryptionKey, clock);
  const base = options.url.replace(/\/+$/, '');

  const withToken = async (url: string, request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> => {
    const send = (bearer: string | undefined): Promise<OutboundAnswer> => {
      const headers = { ...request.headers, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) };
      return fetch(url, { ...request, headers, signal, maxBytes: options.maxBytes });
    };
    const bearer = await tokenFor(signal);
    const answer = await send(bearer);
    if (answer.status !== 401 || bearer === undefined) return answer;
    return send(await tokenFor(signal, bearer)); // it was ended before its time; once
  };

  const post = (path: string, body: string, signal: AbortSignal): Promise<OutboundAnswer> => {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    return withToken(`${base}${path}`, { method: 'POST', headers, body }, signal);
  };

  return {
    call: async (request, { signal }) => {
      const header = headerOf(request, options, senderId, clock());
      const body = await writeFor({ header, message: request.message }, reader.reads);
      const answer = await post(request.path, body, signal);
      const { transaction_id: transactionId } = request.message;
      return reader.read(answer, {
        action: request.answerAction,
        transactionId: typeof transactionId === 'string' ? transactionId : undefined,
      });
    },
    send: async (request, { signal }) => {
      const { messageId, senderUri } = request;
      const header = { ...headerOf(request, options, senderId, clock()), message_id: messageId, sender_uri: senderUri };
      const body = await writeFor({ header, message: request.message }, reader.reads);
      const answer = await post(request.path, body, signal);
      if (answer.status !== 200 && answer.status !== 202) throw badStatus('took no request: status', answer, clock());
    },
    ask: async (request, { signal }) => {
      const { messageId, senderUri, action } = request;
      const header = { ...headerOf(request, options, senderId, clock()), message_id: messageId };
      const sent = { ...header, ...(senderUri !== undefined && { sender_uri: senderUri }) };
      const answer = await post(
        request.path,
        await writeFor({ header: sent, message: request.message }, reader.reads),
        signal,
      );
      const { status } = answer;
      if (status >= 400 && status < 500 && !MAY_PASS.has(status))
        return { kind: 'refused', status, reason: saidWhy(answer) };
      if (status !== 200 && status !== 202) throw badStatus(`did not take ${action}: status`, answer, clock());
      const { transaction_id: transactionId } = request.message;
      const expected = { action: request.answerAction, transactionId: String(transactionId) };
      const answered = reader.read({ ...answer, status: 200 }, expected);
      return { kind: 'taken', answer: await (request.acknowledged === true ? orUnread(answered) : answered) };
    },
    raw: {
      url: base,
      agent: checked.agent,
      maxBytes: options.maxBytes,
      timeoutMs: options.timeoutMs,
      check: () => orBackend(checked.check()),
      token: tokenFor,
      get: (url, signal) => withToken(url, {}, signal),
      read: (answer, expected) => reader.read(answer, { ...expected, forwarded: true }),
    },
    probe: async ({ signal }) => {
      if (token !== undefined) await tokenFor(signal);
      else if (options.keysUrl !== undefined) await fetch(options.keysUrl, { signal });
    },
    close: () => {
      outbound.close();
      checked.close();
    },
  };
};

/** Statuses that a later try may not meet: a token that is not taken yet, a limit. */
const MAY_PASS = new Set([401, 408, 425, 429]);

/** It was taken, whatever is said about it in a form that cannot be believed. */
const orUnread = async (reading: Promise<UpstreamAnswer>): Promise<UpstreamAnswer | undefined> => {
  try {
    return await reading;
  } catch (cause) {
    if (cause instanceof BackendError) return undefined;
    throw cause;
  }
};

const headerOf = (
  { action, totalCount }: Pick<UpstreamRequest, 'action' | 'totalCount'>,
  { receiverId }: UpstreamOptions,
  senderId: string,
  at: number,
): Readonly<Record<string, string | number | boolean>> => ({
  ...{ version: PROTOCOL_VERSION, message_id: randomUUID(), message_ts: formatTimestamp(at), action },
  sender_id: senderId,
  ...(receiverId !== undefined && { receiver_id: receiverId }),
  ...{ total_count: totalCount, is_msg_encrypted: false },
});

/** The outbound client's failures as a backend's. */
const orBackend = async <Value>(work: Promise<Value>): Promise<Value> => {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    const { kind, message, retryAfterMs } = cause;
    throw new BackendError(kind === 'timeout' ? 'timeout' : 'unavailable', message, { cause, retryAfterMs });
  }
};
