/** A gateway in a process of its own that is killed and started again on the same configuration, port and state. */

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type StartedChild, startedChild } from '../child.ts';
import { PROJECT } from '../source-files.ts';

export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: () => number | undefined;
  /** Resolves when it listens. */
  start(): Promise<void>;
  /** Starts it without waiting for it. */
  launch(): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** `SIGSTOP` and `SIGCONT`: it stands still and goes on. */
  signal(signal: NodeJS.Signals): void;
  /** What it wrote since it was started. */
  readonly output: () => string;
}

const LONGEST_MS = 30 * 60_000;
/** As `npm start` starts it: the young generation would take 100 MB and more. */
const ENGINE = '--max-semi-space-size=16';

/** @param engine more options of node */
export const gatewayProcess = (config: string, port: number, engine: readonly string[] = []): GatewayProcess => {
  let running: { readonly started: StartedChild; readonly pid: number | undefined; output: string } | undefined;
  const onExit = (): void => running?.started.kill('SIGKILL');
  // A run that is ended from outside leaves neither gateways nor servers behind: `exit` ends those.
  const onSignal = (): never => process.exit(1);
  process.on('exit', onExit);
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  const launch = (): void => {
    const cache = join(dirname(config), 'compile-cache'); // each start would parse everything anew
    const child = spawn(process.execPath, [ENGINE, ...engine, join(PROJECT, 'src/main.ts')], {
      cwd: PROJECT,
      env: {
        ...process.env,
        DCI_CONFIG: config,
        PORT: String(port),
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cache,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const mine = { started: startedChild(child, LONGEST_MS), pid: child.pid, output: '' };
    const hear = (chunk: Buffer): void => {
      const lines = String(chunk).split('\n');
      mine.output += lines.filter((line) => !line.includes('request answered')).join('\n');
      mine.output = mine.output.slice(-20_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    running = mine;
  };
  const kill = async (): Promise<void> => {
    const killed = running?.started;
    running = undefined;
    killed?.kill('SIGKILL');
    await killed?.ended;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    pid: () => running?.pid,
    launch,
    start: async () => {
      launch();
      await running?.started.line(/gateway listens/);
    },
    kill,
    signal: (signal) => running?.started.kill(signal),
    output: () => running?.output ?? '',
    [Symbol.asyncDispose]: async () => {
      await kill();
      process.off('exit', onExit);
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
};
