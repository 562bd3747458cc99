/** A TCP port in front of a server, that can be cut or held up: a network fault without touching the server. */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './local-server.ts';

export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Accepts connections again. */
  mend(): Promise<void>;
  /** Nothing passes any more, connections stay. */
  hold(): void;
  release(): void;
}

/** @param target URL of the server behind it */
export const startRelay = async (target: string): Promise<TcpRelay> => {
  const { hostname, port } = new URL(target);
  const own = await freePort();
  const sockets = new Set<Socket>();
  let listener: Server | undefined;

  const accept = (client: Socket): void => {
    const server = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  };
  const mend = async (): Promise<void> => {
    listener = createServer(accept).listen(own, '127.0.0.1');
    await once(listener, 'listening');
  };
  const cut = async (): Promise<void> => {
    const closed = listener?.listening === true ? once(listener, 'close') : undefined;
    listener?.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await mend();
  return {
    port: own,
    cut,
    mend,
    hold: () => {
      for (const socket of sockets) socket.pause();
    },
    release: () => {
      for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: cut,
  };
};
