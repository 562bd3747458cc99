/** A listening server with bounds on headers, time and connections, and an orderly end. */

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fewInLine } from './few-in-line.ts';

export interface ListenInput {
  readonly app: RequestListener;
  readonly host: string;
  readonly port: number;
  /** How long the body of a request may take; the header gets as long. */
  readonly bodyTimeoutMs: number;
  /** Where some bodies may take longer: how long those may. */
  readonly longestBodyMs?: number;
  /** Answers what is no HTTP request. */
  readonly onUnreadable: (cause: Error, socket: Duplex) => void;
}

export interface Listening {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Stops accepting, lets running requests end within this time, then ends the rest. */
  close(withinMs: number): Promise<void>;
}

/** `CONNECT`: the caller takes us for a proxy. */
class TunnelRefused extends Error {
  readonly code = 'TUNNEL_REFUSED';
}

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 10_000;
const KEEP_ALIVE_MS = 65_000; // longer than the usual 60 s of a load balancer in front
/** Node's own limit stands behind ours, which answers with a DCI body. */
const MARGIN_MS = 5_000;

/** Resolves when it listens; rejects when it cannot (the port is taken, say). */
export const listen = async (input: ListenInput): Promise<Listening> => {
  const { app, host, port, bodyTimeoutMs, longestBodyMs = bodyTimeoutMs, onUnreadable } = input;
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: bodyTimeoutMs,
    requestTimeout: Math.max(bodyTimeoutMs, longestBodyMs) + MARGIN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1_000,
    noDelay: true,
    requireHostHeader: false, // the app refuses such a request, with a body
  });
  server.maxConnections = MAX_CONNECTIONS;
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('clientError', onUnreadable);
  const serve = fewInLine(app);
  server.on('request', serve);
  server.on('checkContinue', serve); // the body is asked for only once the token is known
  server.on('checkExpectation', serve);
  server.on('connect', (_request, socket) => onUnreadable(new TunnelRefused('we are no proxy'), socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { url: urlOf(server), close: (withinMs) => closeServer(server, connections, withinMs) };
};

const urlOf = (server: Server): string => {
  const { address, family, port } = server.address() as AddressInfo; // a TCP server that listens
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
};

/** A connection that is kept alive is idle again once its answer is written: it is closed then. */
const IDLE_CHECK_MS = 50;

const closeServer = (server: Server, connections: ReadonlySet<Socket>, withinMs: number): Promise<void> =>
  new Promise((resolve) => {
    const forced = setTimeout(() => {
      for (const socket of connections) socket.destroy(); // the server does not know those that asked for a tunnel any more
    }, withinMs);
    const idle = setInterval(() => {
      server.closeIdleConnections();
      // Node takes one that was opened in advance and never used for a request that has begun.
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    }, IDLE_CHECK_MS);
    server.close(() => {
      clearTimeout(forced);
      clearInterval(idle);
      resolve();
    });
  });
