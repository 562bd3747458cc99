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

export const startRelay = async (targetPort: number): Promise<TcpRelay> => {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let server: Server | undefined;

  const accept = (client: Socket): void => {
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  };
  const mend = async (): Promise<void> => {
    server = createServer(accept).listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = async (): Promise<void> => {
    const closed = server?.listening === true ? once(server, 'close') : undefined;
    server?.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await mend();
  return {
    port,
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
