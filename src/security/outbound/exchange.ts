/** One request and its answer on one connection. */

import type { Dispatcher } from 'undici';
import { type Connection, end } from './connections.ts';
import { OutboundError } from './outbound-error.ts';

export interface OutboundAnswer {
  readonly status: number;
  /** Names in lower case; what came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly maxBytes: number;
  /** An answer that is larger is cut there instead of being refused. */
  readonly cut: boolean;
  /** The connection is used again afterwards. */
  readonly keep: boolean;
}

/** The connection was used before and ended before anything came back: another one may do. */
export class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

export interface Exchanged {
  readonly answer: OutboundAnswer;
  /** Read to its end: the connection can be used again. */
  readonly whole: boolean;
}

/** Rejects with an OutboundError, a StaleConnection, or what the connection failed with. */
export const exchange = (connection: Connection, call: Exchange): Promise<Exchanged> =>
  new Promise((resolve, reject) => {
    const { method, url, headers, body = null, maxBytes, keep } = call;
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let received: Readonly<Record<string, string>> = {};
    const stale = connection.used;
    const answered = (whole: boolean): void =>
      resolve({ answer: { status, headers: received, body: Buffer.concat(chunks, size) }, whole });
    const refuse = (error: OutboundError): void => {
      reject(error);
      end(connection, error);
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, code, fields) => {
        if (code < 200) return; // there is more to come
        status = code;
        received = joined(fields);
        if ((received['content-encoding'] ?? 'identity') !== 'identity')
          refuse(new OutboundError('network', `${url.origin} answered in an encoding not asked for`));
      },
      onResponseData: (_controller, chunk) => {
        const room = maxBytes - size;
        chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
        size += Math.min(chunk.length, room);
        if (chunk.length <= room) return;
        if (!call.cut) refuse(new OutboundError('too_large', `${url.origin} answered more than ${maxBytes} bytes`));
        else answered(false);
      },
      onResponseEnd: () => answered(true),
      onResponseError: (_controller, error) =>
        reject(stale && status === 0 ? new StaleConnection('', { cause: error }) : error),
    };
    const path = url.pathname + url.search;
    connection.client.dispatch({ method, path, headers: { ...headers }, body, reset: !keep }, handler);
  });

const joined = (fields: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> => {
  const all: Record<string, string> = Object.create(null);
  for (const name in fields) all[name] = String(fields[name]); // a list is joined by commas
  return all;
};
