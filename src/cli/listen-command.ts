/** `dci-gateway listen`: a receiver for partners, to see callbacks and notifications come and to try out retries. */

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseDuration } from '../config/units.ts';
import { KeyProblem } from '../security/keys/public-key.ts';
import { AnswerProblem, readAnswers } from './listen/answers.ts';
import { createCheckMessage, type KeySource } from './listen/check-message.ts';
import { readGivenKey } from './listen/open-encrypted.ts';
import { startReceiver } from './listen/receiver.ts';
import { quietLog } from './quiet-log.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly port: string;
  readonly host: string;
  readonly jwks?: string;
  readonly key?: string;
  readonly decryptKey?: string;
  readonly answers: string;
  readonly retryAfter?: string;
  readonly slow: string;
  readonly brief?: boolean;
}

export const registerListenCommand = (program: Command, terminal: Terminal): void => {
  program
    .command('listen')
    .description('receives callbacks and notifications, verifies their signatures and prints them; keeps nothing')
    .requiredOption('--port <port>', 'where to listen; 0: any free port')
    .option('--host <address>', 'on which address', '127.0.0.1')
    .option('--jwks <url>', "the gateway's key set, …/.well-known/jwks.json")
    .option('--key <file>', 'or its public key: PEM or JWK')
    .option('--decrypt-key <file>', 'your private key, to open messages that are encrypted for it: PEM or JWK')
    .option('--answers <list>', 'what to answer, in turn, the last stays: statuses, err, close, hang', '200')
    .option('--retry-after <seconds>', 'header of answers 429 and 503')
    .option('--slow <duration>', 'wait before each answer: 3s', '0s')
    .option('--brief', 'a few lines a message, without its content')
    .action((options: Options) => run(options, terminal));
};

const run = async (options: Options, terminal: Terminal): Promise<void> => {
  const refuse = (problem: string): void => {
    terminal.complain(problem);
    terminal.setStatus(1);
  };
  const { decryptKey } = options;
  try {
    const opening = decryptKey === undefined ? undefined : readGivenKey(await readFile(decryptKey, 'utf8'));
    const receiver = await startReceiver({
      host: options.host,
      port: numberOf(options.port, '--port', 65_535),
      check: await createCheckMessage(await sourceOf(options), quietLog, opening),
      answers: readAnswers(options.answers),
      retryAfterSeconds:
        options.retryAfter === undefined ? undefined : numberOf(options.retryAfter, '--retry-after', 86_400),
      slowMs: durationOf(options.slow),
      brief: options.brief ?? false,
      print: terminal.print,
    });
    terminal.print(`Listening on ${receiver.url}; end with Ctrl+C.`);
  } catch (cause) {
    if (cause instanceof KeyProblem || cause instanceof AnswerProblem || isOperating(cause)) refuse(cause.message);
    else throw cause;
  }
};

const sourceOf = async ({ jwks, key }: Options): Promise<KeySource> => {
  if ((jwks === undefined) === (key === undefined)) throw new AnswerProblem('Give either --jwks or --key.');
  if (jwks === undefined) return { keyText: await readFile(key ?? '', 'utf8') };
  if (!URL.canParse(jwks)) throw new AnswerProblem('--jwks must be a URL.');
  return { jwksUrl: jwks };
};

const numberOf = (text: string, name: string, most: number): number => {
  if (!/^\d+$/.test(text) || Number(text) > most) throw new AnswerProblem(`${name} must be a number up to ${most}.`);
  return Number(text);
};

const durationOf = (text: string): number => {
  const duration = parseDuration(text);
  if (duration === undefined) throw new AnswerProblem('--slow must be a duration: 500ms, 3s.');
  return duration;
};

/** The port is taken, the file is missing. */
const isOperating = (cause: unknown): cause is Error =>
  cause instanceof Error &&
  'code' in cause &&
  ['EADDRINUSE', 'EACCES', 'ENOENT', 'EADDRNOTAVAIL'].includes(String(cause.code));
