/** A server process of a test's own: found on the machine, in its own folder, on its own port, ended with the test. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

type User = { readonly uid: number; readonly gid: number };

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export interface Place {
  readonly folder: string;
  readonly port: number;
}

/** How a server is made and started, and how it is seen that it answers. */
export interface Recipe {
  readonly name: string;
  readonly user?: User | undefined;
  /** Makes what it starts from, in its empty folder. */
  readonly install?: (place: Place) => Command;
  readonly launch: (place: Place) => Command;
  /** Tried until it succeeds. */
  readonly ready: (place: Place) => Promise<unknown>;
  /** How it is ended; PostgreSQL leaves no process of its own behind on SIGQUIT. */
  readonly signal?: NodeJS.Signals;
}

const START_MS = 60_000;
const ATTEMPTS = 3;
const OUTPUT_MS = 500;

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
const PORTS_EACH = 12;
let asked = 0;

/** Every process looks at ports of its own first: none takes what another has found free and not yet opened. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST_PORT + ((process.pid * PORTS_EACH + asked) % (LAST_PORT - FIRST_PORT));
    asked += 1;
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
export const unprivileged = (): User | undefined => {
  if (userInfo().uid !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  const account = ['postgres', 'nobody']
    .map((name) => accounts.find((line) => line.startsWith(`${name}:`)))
    .find(Boolean);
  const [, , uid, gid] = (account ?? '').split(':');
  return { uid: Number(uid), gid: Number(gid) };
};

/** A machine that is short of something for a moment is no reason to fail: told loudly, and tried again elsewhere. */
export const startServer = async (recipe: Recipe, attempt = 1): Promise<LocalServer> => {
  const server = new LocalServer(recipe, { folder: newFolder(recipe.user), port: await freePort() });
  try {
    await server.install();
    await server.start();
    return server;
  } catch (cause) {
    await server.dispose();
    const problem = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`\n*** ${recipe.name}, attempt ${attempt} of ${ATTEMPTS} to start it: ${problem} ***\n\n`);
    if (attempt === ATTEMPTS) throw cause;
  }
  await sleep(200 * attempt);
  return startServer(recipe, attempt + 1);
};

/** A process with its own folder and port. */
export class LocalServer {
  readonly port: number;
  readonly #recipe: Recipe;
  readonly #place: Place;
  #process: ChildProcess | undefined;
  #output = '';
  /** A test that ended without disposing of it: nothing is left behind, neither the process nor its folder. */
  readonly #onExit = () => {
    this.#process?.kill(this.#recipe.signal ?? 'SIGKILL');
    rmSync(this.#place.folder, { recursive: true, force: true, maxRetries: 3 });
  };

  constructor(recipe: Recipe, place: Place) {
    this.#recipe = recipe;
    this.#place = place;
    this.port = place.port;
    process.once('exit', this.#onExit);
  }

  async install(): Promise<void> {
    const made = this.#recipe.install?.(this.#place);
    if (made === undefined) return;
    const { command, args } = made;
    const done = spawnSync(command, args, { encoding: 'utf8', cwd: this.#place.folder, ...this.#recipe.user });
    if (done.status === 0) return;
    const how = done.error ?? `it ended with ${done.signal ?? done.status}`;
    throw new Error(`${command} failed: ${String(how)}\n${done.stdout}\n${done.stderr}`);
  }

  async start(): Promise<void> {
    const { command, args } = this.#recipe.launch(this.#place);
    const child = spawn(command, args, {
      cwd: this.#place.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...this.#recipe.user,
    });
    this.#process = child;
    this.#output = '';
    child.once('error', (cause) => this.#say(String(cause)));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => this.#say(String(chunk)));
    await this.#untilReady(child, command);
    child.unref();
    for (const stream of [child.stdout, child.stderr]) if ('unref' in stream) (stream as { unref(): void }).unref();
  }

  #say(text: string): void {
    this.#output = (this.#output + text).slice(-4000);
  }

  async #untilReady(child: ChildProcess, command: string): Promise<void> {
    const until = Date.now() + START_MS;
    for (;;) {
      const problem = await this.#recipe.ready(this.#place).then(
        () => undefined,
        (cause: unknown) => ({ cause }),
      );
      const ended = hasEnded(child); // also where something answered: it is another's server then
      if (problem === undefined && !ended) return;
      if (ended || Date.now() > until) {
        await Promise.race([once(child, 'close'), sleep(OUTPUT_MS)]); // what it said last is the reason
        const how = ended ? `it ended with ${child.signalCode ?? child.exitCode}` : `no answer in ${START_MS} ms`;
        throw new Error(`${command} did not start: ${how}\n${this.#output}`, problem);
      }
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill(this.#recipe.signal ?? 'SIGKILL');
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    process.off('exit', this.#onExit);
    rmSync(this.#place.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A process that could not be made has no id and never ends. */
const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;

const newFolder = (user?: User): string => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-test-server-'));
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
};
