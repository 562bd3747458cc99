/** Sends a search on with the bytes it came in, and its answer back with the bytes that came: nothing is written anew, nothing else travels. */

import { type IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { isJsonArray, isJsonObject, type JsonNode } from '../dci/json-node.ts';
import { toPlain } from '../dci/json-plain.ts';
import type { SearchRequest } from '../dci/search-request.ts';
import { isStrictSearch } from '../dci/strict-search.ts';
import type { Valid } from '../inbound/stages.ts';
import { BackendError, type RawAnswer, type RawUpstream, type UpstreamJson, type UpstreamObject } from '../plugin.ts';
import type { RunForwarded } from '../registry/run-forwarded.ts';
import type { SearchCall } from '../registry/search.ts';
import type { FindRecipient } from '../security/encryption/ready-message.ts';

/** The answer's bytes; undefined: this search is written anew, as it is for partners that get nothing in clear. */
export type ForwardSearch = (valid: Valid<SearchRequest>, call: SearchCall) => Promise<Buffer | undefined>;

/** @param forwards whether `search_criteria` may go on */
export const createForwardSearch = (
  upstream: RawUpstream,
  forwards: (criteria: UpstreamObject) => boolean,
  run: RunForwarded,
  findRecipient: FindRecipient,
): ForwardSearch => {
  let sender: Promise<Sender> | undefined;
  const send: Sender = async (sending) => {
    sender ??= createSender(upstream);
    return (await sender)(sending);
  };
  let encryptsForUs = false;
  return async ({ kept, message }, call) => {
    if (encryptsForUs) return undefined;
    if (!isStrictSearch(kept.envelope) || !criteriaIn(kept.envelope.message).every(forwards)) return undefined;
    if ((await findRecipient(call.partner)).key !== undefined) return undefined;
    const bytes = Buffer.from(kept.text, 'utf8');
    const forwarded = run(call, async ({ signal }) => {
      await upstream.check();
      const token = await upstream.token(signal);
      let answer = await send({ bytes, token, signal });
      if (answer.status === 401 && token !== undefined)
        answer = await send({ bytes, token: await upstream.token(signal, token), signal });
      const expected = { action: 'on-search', transactionId: message.transactionId };
      const read = await upstream.read(answer, expected);
      if (read.header.is_msg_encrypted === true) throw new ForOurKeysOnly('the upstream encrypts its answers for us');
      return { answer: answer.body, records: countRecords(read.message) };
    });
    return forwarded.catch((cause: unknown) => {
      if (!(cause instanceof ForOurKeysOnly)) throw cause;
      encryptsForUs = true; // this search and those to come are written anew, for the partner
      return undefined;
    });
  };
};

/** Of each item. */
const criteriaIn = (message: JsonNode | undefined): readonly UpstreamObject[] => {
  const items = isJsonObject(message) ? message.search_request : undefined;
  if (!isJsonArray(items)) return [];
  // A JSON object becomes an object.
  return items.map((item) => toPlain((isJsonObject(item) && item.search_criteria) || {}) as UpstreamObject);
};

/** Its bytes are of no use to the partner. */
class ForOurKeysOnly extends Error {
  override readonly name = 'ForOurKeysOnly';
}

interface Sending {
  readonly bytes: Buffer;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

interface Pending {
  call?: { destroy(): unknown };
  /** The call is not to be begun any more. */
  over: boolean;
  resolve(answer: RawAnswer): void;
  reject(error: Error): void;
}

type Sender = (sending: Sending) => Promise<RawAnswer>;

const createSender = async ({ url, agent, maxBytes, timeoutMs }: RawUpstream): Promise<Sender> => {
  // Most gateways send nothing on: it is loaded by the first search that does.
  const { createProxyMiddleware } = await import('http-proxy-middleware');
  const pending = new WeakMap<object, Pending>();
  const waitingOf = (request: object | undefined) => (request === undefined ? undefined : pending.get(request));
  const failed = (cause: unknown): BackendError =>
    new BackendError('unavailable', 'the call to the upstream failed', { cause });
  const proxy = createProxyMiddleware<IncomingMessage, ServerResponse>({
    ...{ target: `${url}/sync/search`, agent, changeOrigin: true, selfHandleResponse: true, ignorePath: true },
    // The usual ones write answers of their own.
    ejectPlugins: true,
    plugins: [
      (server) => {
        server.on('proxyReq', (call, request) => {
          const waiting = waitingOf(request);
          if (waiting === undefined || waiting.over) call.destroy();
          else waiting.call = call;
        });
        server.on('proxyRes', (answer, request) => {
          const waiting = waitingOf(request);
          if (waiting !== undefined) collect(answer, maxBytes).then(waiting.resolve, waiting.reject);
        });
        server.on('error', (error, request) => waitingOf(request)?.reject(failed(error)));
        server.on('econnreset', (error, request) => waitingOf(request)?.reject(failed(error)));
      },
    ],
  });
  return async ({ bytes, token, signal }) => {
    const request = asRequest(bytes, token);
    const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
    const waiting: Pending = { resolve, reject, over: false };
    pending.set(request, waiting);
    const over = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const stop = (): void => {
      waiting.over = true;
      reject(new BackendError('timeout', 'no answer of the upstream within the deadline'));
      waiting.call?.destroy();
    };
    if (over.aborted) stop();
    over.addEventListener('abort', stop, { once: true });
    try {
      // It cuts the response that it is given where the upstream breaks off: the caller's own is still to be answered.
      const sent = proxy(request, new ServerResponse(request), (error) => reject(failed(error)));
      sent.catch((error: unknown) => reject(failed(error)));
      return await promise;
    } finally {
      over.removeEventListener('abort', stop);
    }
  };
};

/**
 * What the proxy takes for the caller's request: our bytes, our headers, and nothing of the caller's. (Headers that are taken
 * away on the way stay where the caller says `Expect`.)
 */
const asRequest = (bytes: Buffer, token: string | undefined): IncomingMessage => {
  const headers = {
    accept: 'application/json',
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const request = Object.assign(Readable.from([bytes]), { method: 'POST', url: '/', headers, httpVersionMajor: 1 });
  return request as unknown as IncomingMessage; // all that the proxy reads of one
};

const collect = async (answer: IncomingMessage, maxBytes: number): Promise<RawAnswer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new BackendError('unavailable', `the upstream answered more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    throw new BackendError('unavailable', 'the upstream broke off its answer', { cause });
  }
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks, size) };
};

/** Of all items, whatever form their lists have. */
const countRecords = ({ search_response: items }: UpstreamObject): number => {
  if (!isList(items)) throw new BackendError('unavailable', 'the upstream answered no search_response');
  return items.reduce((sum: number, item) => {
    const records = isObject(item) && isObject(item.data) ? item.data.reg_records : undefined;
    if (isList(records)) return sum + records.length;
    if (!isObject(records)) return sum;
    const { '@graph': graph } = records;
    return sum + (isList(graph) ? graph.length : 1);
  }, 0);
};

const isList = (value: UpstreamJson | undefined): value is readonly UpstreamJson[] => Array.isArray(value);

const isObject = (value: UpstreamJson | undefined): value is UpstreamObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
