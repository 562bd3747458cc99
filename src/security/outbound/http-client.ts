/**
 * The one client for calls to others: JWKS, callbacks, upstreams. The address that is connected was judged before,
 * redirects are answers like any other, proxies of the environment are not used (PROTOCOL 4).
 */

import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { OutboundConfig } from '../../config/config.ts';
import { type Connections, createConnections } from './connections.ts';
import { OutboundError } from './outbound-error.ts';
import { checkedAddresses, type Resolve, type ResolvedAddress, readTarget, resolveBySystem } from './target.ts';

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

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
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
  const allowed = new Set(config.allowOrigins.map(originOf));
  const privates = new Set(config.privateOrigins.map(originOf));
  const resolve = options.resolve ?? resolveBySystem;
  const kept = createConnections(options.keepAlive === true);
  const single = createConnections(false);
  return {
    close: kept.close,
    fetch: async (text, request = {}) => {
      const url = readTarget(text, allowed);
      const timeout = AbortSignal.timeout(config.timeoutMs);
      const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
      const mayBePrivate = request.allowPrivate === true || privates.has(url.origin);
      try {
        const addresses = await orAbort(checkedAddresses(url, mayBePrivate, resolve), signal);
        const call = { url, request, addresses, signal, authority: options.authorities?.get(url.origin) };
        // A kept connection may have been closed by the other side in this very moment: once more on a new one.
        return await exchange({ ...call, connections: kept }).catch((error: unknown) => {
          if (error instanceof StaleConnection) return exchange({ ...call, connections: single });
          throw error;
        });
      } catch (error) {
        if (error instanceof OutboundError) throw error;
        const kind = signal.aborted ? 'timeout' : 'network';
        throw new OutboundError(kind, `the call to ${url.origin} ${kind === 'timeout' ? 'took too long' : 'failed'}`, {
          cause: error,
        });
      }
    },
  };
};

const originOf = (text: string): string => new URL(text).origin;

/** A look-up cannot be cancelled; what comes after the deadline is not waited for. */
const orAbort = <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });

interface Call {
  readonly url: URL;
  readonly request: OutboundRequest;
  readonly addresses: readonly ResolvedAddress[];
  readonly signal: AbortSignal;
  readonly authority: string | undefined;
  readonly connections: Connections;
}

class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

const exchange = ({ url, request, addresses, signal, authority, connections }: Call): Promise<OutboundAnswer> =>
  new Promise((resolve, reject) => {
    const common = {
      method: request.method ?? 'GET',
      headers: { 'accept-encoding': 'identity', ...request.headers, ...lengthOf(request.body) },
      lookup: answering(addresses),
      checked: addresses.map(({ address }) => address).join(),
      signal,
    };
    // `rejectUnauthorized` outranks the environment.
    const call =
      url.protocol === 'https:'
        ? requestHttps(url, {
            ...common,
            agent: connections.https,
            rejectUnauthorized: true,
            ...(authority === undefined ? {} : { ca: authority }),
          })
        : requestHttp(url, { ...common, agent: connections.http });
    call.on('response', (answer) => {
      readAnswer(answer, url, request.maxBytes ?? DEFAULT_MAX_BYTES, request.cut === true).then(
        resolve,
        (error: unknown) => {
          call.destroy();
          reject(error);
        },
      );
    });
    call.on('error', (error) =>
      reject(call.reusedSocket && !signal.aborted ? new StaleConnection('', { cause: error }) : error),
    );
    call.end(request.body);
  });

const lengthOf = (body: string | Uint8Array | undefined): Readonly<Record<string, string>> =>
  body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };

/** Stands in for the look-up of names: the connection can only choose among the addresses that were checked. */
const answering = (addresses: readonly ResolvedAddress[]): LookupFunction => {
  const [first] = addresses;
  return (_host, options, done) => {
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };
};

const readAnswer = async (
  answer: IncomingMessage,
  url: URL,
  maxBytes: number,
  cut: boolean,
): Promise<OutboundAnswer> => {
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new OutboundError('network', `${url.origin} answered in an encoding not asked for`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes && cut) {
      chunks.push(chunk.subarray(0, chunk.length - (size - maxBytes)));
      size = maxBytes;
      break; // leaving the loop ends the connection
    }
    if (size > maxBytes) throw new OutboundError('too_large', `${url.origin} answered more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks, size) };
};
