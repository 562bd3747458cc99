/**
 * Does what a Dockerfile says, line by line, in a clean folder that stands for the image's root, without a container engine.
 * An instruction that it does not know ends it: nothing in the file is passed over.
 */

import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { PROJECT } from './source-files.ts';

export interface Image {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  readonly user: string;
  readonly ports: readonly number[];
  /** Starts the image's command (or another) as its user, with nothing writable but `/tmp` and what the file gave that user. */
  run(
    env: Readonly<Record<string, string>>,
    command?: readonly string[],
  ): ChildProcessByStdio<null, Readable, Readable>;
}

/** Nobody: there is no account `node` on the machine of a test. */
const UNPRIVILEGED = 65_534;
const isRoot = userInfo().uid === 0;

interface State {
  readonly root: string;
  readonly env: Record<string, string>;
  cwd: string;
  user: string;
  command: readonly string[];
  healthCheck: readonly string[];
  ports: number[];
}

type Instruction = (rest: string, state: State) => void;

const within = (root: string, path: string): string => join(root, path);

/** Absolute paths of the image, wherever they stand in a text. */
const mapped = (root: string, text: string): string =>
  text.replaceAll(/(^|[\s=:])(\/(?:app|var|etc|tmp)\b)/g, (_, before, path) => `${before}${root}${path}`);

const processEnv = ({ root, env }: State): Record<string, string> => ({
  PATH: `${root}/usr/local/bin:/usr/local/bin:/usr/bin:/bin`,
  TMPDIR: `${root}/tmp`,
  ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, mapped(root, value)])),
});

/** How packages are reached is the building machine's business. */
const buildEnv = (state: State): NodeJS.ProcessEnv => ({
  ...process.env,
  ...processEnv(state),
  npm_config_cache: `${state.root}/tmp/npm`,
});

const ignored = (source: string): boolean => {
  const rules = readFileSync(join(PROJECT, '.dockerignore'), 'utf8').split('\n').filter((line) => line !== ''); // biome-ignore format: one look
  return rules[0] !== '*' || !rules.includes(`!${source.replace(/^\.\//, '').split('/')[0]}`);
};

const copyInto = (source: string, target: string): void => {
  if (ignored(source)) throw new Error(`${source} is left out by .dockerignore`);
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', source], { cwd: PROJECT, encoding: 'utf8' }); // biome-ignore format: one look
  const files = listed.split('\n').filter((file) => file !== '');
  if (files.length === 0) throw new Error(`${source} is not there`);
  for (const file of files) {
    const below = posix.relative(posix.normalize(source), file);
    cpSync(join(PROJECT, file), below === '' ? join(target, posix.basename(file)) : join(target, below));
  }
};

const INSTRUCTIONS: Readonly<Record<string, Instruction>> = {
  FROM: (rest, { root }) => {
    const major = /^node:(\d+)-slim$/.exec(rest)?.[1];
    if (major !== process.versions.node.split('.')[0]) throw new Error(`${rest} is not the Node that runs this`);
    for (const folder of ['usr/local/bin', 'root', 'tmp', 'etc']) mkdirSync(within(root, folder), { recursive: true });
    copyFileSync(process.execPath, within(root, 'usr/local/bin/node'));
    chmodSync(within(root, 'usr/local/bin/node'), 0o755);
    chmodSync(within(root, 'tmp'), 0o1777);
  },
  ENV: (rest, { env }) => {
    for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) env[name] = value;
  },
  WORKDIR: (rest, state) => {
    state.cwd = rest;
    mkdirSync(within(state.root, rest), { recursive: true });
  },
  COPY: (rest, { root, cwd }) => {
    const names = rest.split(/\s+/);
    const target = posix.resolve(cwd, names.pop() ?? '');
    for (const name of names) copyInto(name, within(root, target));
  },
  RUN: (rest, state) => {
    const owner = isRoot ? `${UNPRIVILEGED}:${UNPRIVILEGED}` : `${userInfo().uid}:${userInfo().gid}`;
    const command = mapped(state.root, rest).replaceAll('node:node', owner);
    execFileSync('sh', ['-e', '-c', command], { cwd: within(state.root, state.cwd), env: buildEnv(state), stdio: ['ignore', 'ignore', 'inherit'] }); // biome-ignore format: one look
  },
  USER: (rest, state) => {
    state.user = rest;
  },
  EXPOSE: (rest, { ports }) => void ports.push(Number(rest)),
  HEALTHCHECK: (rest, state) => {
    state.healthCheck = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4));
  },
  CMD: (rest, state) => {
    state.command = JSON.parse(rest);
  },
};

/** @param root an empty folder */
export const followDockerfile = (root: string): Image => {
  chmodSync(root, 0o755);
  const state: State = { root, env: {}, cwd: '/', user: 'root', command: [], healthCheck: [], ports: [] };
  const lines = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8').replaceAll(/\\\n/g, ' ').split('\n');
  for (const line of lines) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const instruction = INSTRUCTIONS[word];
    if (instruction === undefined) throw new Error(`nobody follows ${line}`);
    instruction(rest.trim(), state);
  }
  sealReadOnly(root, state.cwd);
  const as = isRoot && state.user !== 'root' ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  return {
    ...{ root, command: state.command, healthCheck: state.healthCheck, user: state.user, ports: state.ports },
    run: (env, command = state.command) => {
      const [program = '', ...args] = command;
      const path = program === 'node' ? within(root, 'usr/local/bin/node') : program;
      return spawn(path, args, {
        cwd: within(root, state.cwd),
        env: { ...processEnv(state), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...as,
      });
    },
  };
};

/** What `--read-only` does to the image's own files. */
const sealReadOnly = (root: string, cwd: string): void => {
  execFileSync('chmod', ['-R', 'a-w', within(root, cwd)]);
};

/** Every file below the program's folder: the same before and after a run. */
export const filesOf = (root: string, cwd: string): readonly string[] =>
  globSync(`${within(root, cwd)}/{src,plugins,config,openapi}/**`, { withFileTypes: false }).sort();

/** Writes a file that is mounted into the image, readable by its user. */
export const mount = (root: string, path: string, text: string): void => {
  const file = within(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o644);
};

/** A folder of the image's user, as a volume or tmpfs gives it. */
export const ownFolder = (root: string, path: string): string => {
  const folder = within(root, path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isRoot) chownSync(folder, UNPRIVILEGED, UNPRIVILEGED);
  return folder;
};
