/**
 * The one client for calls to others: JWKS, callbacks, upstreams. The address that is connected was judged before,
 * redirects are answers like any other, proxies of the environment are not used (PROTOCOL 4).
 */

import type { OutboundConfig } from '../../config/config.ts';
import { type Connection, createConnections, end, type Place } from './connections.ts';
import { type Exchange, exchange, type OutboundAnswer, StaleConnection } from './exchange.ts';
import { OutboundError } from './outbound-error.ts';
import { checkedAddresses, type Resolve, readTarget, resolveBySystem } from './target.ts';

export type { OutboundAnswer } from './exchange.ts';

export interface OutboundRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends the call earlier than the configured timeout. */
  readonly signal?: AbortSignal;
  /** Largest answer; default 64 KB. */
  readonly maxBytes?: number;
  /** An answer that is larger is cut there instead of being refused: its status counts. */
  readonly cut?: boolean;
  /** Private addresses may be connected, whatever the configuration says of the origin. */
  readonly allowPrivate?: boolean;
}

export interface Outbound {
  /** @throws OutboundError when there is no answer; every status is an answer. */
  fetch(url: string, request?: OutboundRequest): Promise<OutboundAnswer>;
}

export interface OpenOutbound extends Outbound {
  /** Ends connections that are kept. */
  close(): void;
}

export interface OutboundOptions {
  /** Look-up of names; default: the system's. */
  readonly resolve?: Resolve;
  /** Certificate authorities (PEM) by origin, instead of the usual ones. */
  readonly authorities?: ReadonlyMap<string, string>;
  /** Connections are kept for the next call to the same host, while it leads to the same addresses. */
  readonly keepAlive?: boolean;
}

const DEFAULT_MAX_BYTES = 64 * 1024; // PROTOCOL 4 and 5: answers to callbacks, key sets

export const createOutbound = (config: OutboundConfig, options: OutboundOptions = {}): OpenOutbound => {
  const { timeoutMs } = config;
  const allowed = new Set(config.allowOrigins.map(originOf));
  const privates = new Set(config.privateOrigins.map(originOf));
  const resolve = options.resolve ?? resolveBySystem;
  const keep = options.keepAlive === true;
  const connections = createConnections(keep, timeoutMs);

  const callOn = async (connection: Connection, place: Place, call: Exchange, deadline: Deadline) => {
    deadline.onOver = (reason) => end(connection, reason);
    try {
      if (deadline.over !== undefined) throw deadline.over;
      const { answer, whole } = await exchange(connection, call);
      if (whole) connections.giveBack(place, connection);
      else end(connection);
      return answer;
    } catch (error) {
      end(connection);
      throw error;
    }
  };

  return {
    close: connections.close,
    fetch: async (text, request = {}) => {
      const url = readTarget(text, allowed);
      const mayBePrivate = request.allowPrivate === true || privates.has(url.origin);
      const deadline = startDeadline(timeoutMs, request.signal);
      try {
        const addresses = await orOver(checkedAddresses(url, mayBePrivate, resolve), deadline);
        const place: Place = { origin: url.origin, addresses, authority: options.authorities?.get(url.origin) };
        const { method = 'GET', body, maxBytes = DEFAULT_MAX_BYTES, cut = false } = request;
        const headers = { 'accept-encoding': 'identity', ...request.headers };
        const call: Exchange = { method, url, headers, body, maxBytes, cut, keep };
        // A kept connection may have been closed by the other side in this very moment: once more on a new one.
        return await callOn(await connections.take(place), place, call, deadline).catch(async (error: unknown) => {
          if (error instanceof StaleConnection && deadline.over === undefined)
            return callOn(await connections.takeNew(place), place, call, deadline);
          throw error;
        });
      } catch (error) {
        if (error instanceof OutboundError) throw error;
        const kind = deadline.over === undefined ? 'network' : 'timeout';
        throw new OutboundError(kind, `the call to ${url.origin} ${kind === 'timeout' ? 'took too long' : 'failed'}`, {
          cause: error,
        });
      } finally {
        deadline.stop();
      }
    },
  };
};

const originOf = (text: string): string => new URL(text).origin;

/** When a call must be over: one timer for all of it. */
interface Deadline {
  /** Why it is over; undefined: it is not. */
  readonly over: Error | undefined;
  /** What is to be ended then. */
  onOver: ((reason: Error) => void) | undefined;
  stop(): void;
}

const startDeadline = (timeoutMs: number, signal: AbortSignal | undefined): Deadline => {
  let over: Error | undefined;
  const finish = (reason: Error): void => {
    over ??= reason;
    deadline.onOver?.(over);
  };
  const onAbort = (): void => finish(new Error('the caller ended it', { cause: signal?.reason }));
  const timer = setTimeout(() => finish(new Error(`it took longer than ${timeoutMs} ms`)), timeoutMs);
  const deadline: Deadline = {
    get over() {
      return over;
    },
    onOver: undefined,
    stop: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return deadline;
};

/** A look-up cannot be cancelled; what comes after the deadline is not waited for. */
const orOver = <Value>(work: Promise<Value>, deadline: Deadline): Promise<Value> =>
  new Promise((resolve, reject) => {
    deadline.onOver = reject;
    if (deadline.over !== undefined) reject(deadline.over);
    work.then(resolve, reject);
  });
