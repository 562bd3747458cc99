/** A child process with its output as it comes. */

import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface StartedChild {
  /** Resolves with the first line of output that matches; rejects when the process ends before. */
  line(pattern: RegExp): Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  kill(signal: NodeJS.Signals): void;
}

const LONGEST_MS = 30_000;

export const startedChild = (
  child: ChildProcessByStdio<null, Readable, Readable>,
  longestMs = LONGEST_MS,
): StartedChild => {
  let output = '';
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
      for (const listener of listeners) listener();
    });
  });
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = output
          .split('\n')
          .slice(0, -1)
          .find((each) => pattern.test(each));
        if (found !== undefined) resolve(found);
        else if (child.exitCode !== null || child.signalCode !== null) reject(new Error(`it ended: ${output}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { line, ended, kill: (signal) => child.kill(signal) };
};
