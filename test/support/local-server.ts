/** A server process of a test's own: found on the machine, in its own folder, on its own port, ended with the test. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly user?: { readonly uid: number; readonly gid: number };
  /** How it is ended; PostgreSQL leaves no process of its own behind on SIGQUIT. */
  readonly signal?: NodeJS.Signals;
}

const START_MS = 60_000;

export const findBinary = (names: readonly string[]): string | undefined => {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort().reverse() : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    ...versions.map((version) => `/usr/lib/postgresql/${version}/bin`),
  ];
  for (const folder of folders) for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  return undefined;
};

export const missing = (what: string): undefined => {
  if (process.env.CI === 'true') throw new Error(`${what} is not installed, and CI=true demands it`);
  process.stderr.write(`\n*** ${what} is not installed: the tests that need it are LEFT OUT ***\n\n`);
  return undefined;
};

/** Below the ports that systems give to outgoing connections: one of those could take it before the server does. */
const [FIRST_PORT, LAST_PORT] = [12_000, 30_000];

export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) return port;
  }
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** PostgreSQL refuses to run as root: it gets the account that its package made, or nobody's. */
export const unprivileged = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (userInfo().uid !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  const account = ['postgres', 'nobody']
    .map((name) => accounts.find((line) => line.startsWith(`${name}:`)))
    .find(Boolean);
  const [, , uid, gid] = (account ?? '').split(':');
  return { uid: Number(uid), gid: Number(gid) };
};

export const run = ({ command, args, user }: Launch): void => {
  const done = spawnSync(command, args, { encoding: 'utf8', cwd: tmpdir(), ...user });
  if (done.status !== 0) throw new Error(`${command} failed: ${done.stderr || done.stdout || String(done.error)}`);
};

/** A process with its own folder; `ready` is tried until it succeeds. */
export class LocalServer {
  readonly #launch: Launch;
  readonly #folder: string;
  readonly #ready: () => Promise<unknown>;
  #process: ChildProcess | undefined;
  #output = '';
  /** A test that ended without disposing of it: nothing is left behind, neither the process nor its folder. */
  readonly #onExit = () => {
    this.#process?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  };

  constructor(launch: Launch, folder: string, ready: () => Promise<unknown>) {
    this.#launch = launch;
    this.#folder = folder;
    this.#ready = ready;
    process.once('exit', this.#onExit);
  }

  async start(): Promise<void> {
    const { command, args, user } = this.#launch;
    const child = spawn(command, args, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'], ...user });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        this.#output = (this.#output + String(chunk)).slice(-4000);
      });
    const until = Date.now() + START_MS;
    for (;;) {
      try {
        await this.#ready();
        break;
      } catch (error) {
        if (child.exitCode !== null || Date.now() > until)
          throw new Error(`${command} did not start: ${this.#output}`, { cause: error });
        await sleep(50);
      }
    }
    child.unref();
    for (const stream of [child.stdout, child.stderr]) if ('unref' in stream) (stream as { unref(): void }).unref();
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill(this.#launch.signal ?? 'SIGKILL');
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    process.off('exit', this.#onExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const newFolder = (user?: { readonly uid: number; readonly gid: number }): string => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-test-server-'));
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
};
