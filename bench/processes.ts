import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

export const nodePath = process.execPath;

/** A server in a process of its own. */
export interface Server {
  readonly port: number;
  /** Largest resident memory so far, in MB; undefined where the system does not say. */
  peakMemory(): number | undefined;
  stop(): Promise<void>;
}

const START_MS = 60_000;

/** Starts `node ...args` with `PORT` set to a free one, and waits until something listens there. */
export const startServer = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Server> => {
  const port = await freePort();
  const child = spawn(nodePath, args, {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await listening(child, port);
  return {
    port,
    peakMemory: () => peakMemory(child.pid),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  server.close();
  await once(server, 'close');
  return port;
};

const listening = async (child: ChildProcess, port: number): Promise<void> => {
  const until = Date.now() + START_MS;
  while (!(await connects(port))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    if (Date.now() > until) throw new Error('the server does not listen');
    await setTimeout(50);
  }
};

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const peakMemory = (pid: number | undefined): number | undefined => {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined; // no /proc here
    throw cause;
  }
};
