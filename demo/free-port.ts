import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** The gateway has to know the receiver's address before the receiver can ask for the gateway's keys. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens
  server.close();
  await once(server, 'close');
  return port;
};
