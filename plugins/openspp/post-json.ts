/** POST of JSON to one server: with a deadline, a bounded answer, no redirects, and one more try where the connection was dropped. */

import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { BackendError, type CallContext, limitedForMs } from 'dci-gateway/plugin';

export interface PostOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly connections: number;
  readonly ca: string | undefined;
}

export interface PostAnswer {
  readonly status: number;
  /** Undefined where the body is no JSON. */
  readonly body: unknown;
  /** The server's clock in milliseconds since 1970, as it said. */
  readonly at: number | undefined;
  /** A proxy limits requests: in how many milliseconds to ask again. */
  readonly retryAfterMs: number | undefined;
}

export interface JsonPoster {
  /** Answers of any status. Throws `BackendError`: `timeout`, or `unavailable` where there was no whole answer. */
  post(path: string, body: unknown, headers: Readonly<Record<string, string>>, ctx: CallContext): Promise<PostAnswer>;
  close(): void;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Every call only reads, so it may be made again. A kept connection that the server has closed meanwhile ends like this. */
const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

export const createJsonPoster = ({ url, timeoutMs, connections, ca }: PostOptions): JsonPoster => {
  const base = url.replace(/\/+$/, '');
  const secure = base.startsWith('https:');
  const shared = { keepAlive: true, maxSockets: connections };
  const agent = secure ? new HttpsAgent({ ...shared, ...(ca !== undefined && { ca }) }) : new HttpAgent(shared);
  const request = secure ? requestHttps : requestHttp;

  const once = (
    path: string,
    text: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    fresh: boolean,
  ): Promise<PostAnswer> =>
    new Promise((resolve, reject) => {
      const length = String(Buffer.byteLength(text));
      const options = {
        method: 'POST',
        // A server that was started anew has closed every kept connection, not only the one that was tried.
        agent: fresh ? false : agent,
        ...(ca !== undefined && { ca }),
        signal,
        headers: { ...headers, 'content-type': 'application/json', 'content-length': length },
      };
      const sent = request(`${base}${path}`, options, (response) => readAnswer(response).then(resolve, reject));
      sent.once('error', reject);
      sent.end(text);
    });

  return {
    async post(path, body, headers, ctx) {
      const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(timeoutMs)]);
      const text = JSON.stringify(body);
      for (let attempt = 1; ; attempt += 1) {
        if (signal.aborted) throw new BackendError('timeout', 'Odoo took too long');
        try {
          return await once(path, text, headers, signal, attempt > 1);
        } catch (cause) {
          if (cause instanceof BackendError) throw cause;
          if (signal.aborted) throw new BackendError('timeout', 'Odoo took too long', { cause });
          const code = codeOf(cause);
          if (attempt === 1 && DROPPED.has(code)) continue;
          throw new BackendError('unavailable', `Odoo cannot be reached: ${code}`, { cause });
        }
      }
    },
    close: () => agent.destroy(),
  };
};

const readAnswer = async (response: IncomingMessage): Promise<PostAnswer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      response.destroy();
      throw new BackendError('refused', `an answer of Odoo is larger than ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const at = Date.parse(response.headers.date ?? '');
  const status = response.statusCode ?? 0;
  return {
    status,
    retryAfterMs: limitedForMs({ status, headers: response.headers }, Date.now()),
    body: parsed(Buffer.concat(chunks).toString('utf8')),
    at: Number.isNaN(at) ? undefined : at,
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's page: the status says what it means
  }
};

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no answer';
