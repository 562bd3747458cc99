/** What commands on the gateway's state work with, and how their problems are told. */

import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/source.ts';
import { GatewayError, ItemRejection } from '../errors.ts';
import { openStore } from '../gateway/open-store.ts';
import { openSealer, type Sealer } from '../security/at-rest.ts';
import { KeyProblem } from '../security/keys/public-key.ts';
import { createOutbound, type Outbound } from '../security/outbound/http-client.ts';
import { OutboundError } from '../security/outbound/outbound-error.ts';
import { type Store, StoreError } from '../store/store.ts';
import { configFile, type Terminal } from './terminal.ts';

export interface CommandContext {
  readonly config: Config;
  readonly store: Pick<Store, 'partners' | 'keys' | 'documents' | 'lanes'>;
  readonly sealer: Sealer;
  readonly hmacKey: Buffer;
  readonly outbound: Outbound;
  readonly clock: Clock;
  /** A line for the person. */
  readonly out: (line: string) => void;
  readonly readFile: (path: string) => Promise<string>;
}

/** A command cannot do what was asked; the sentence is for the person. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
}

/** Runs one command on the state that a configuration names. */
export type MakeContext = (
  config: string | undefined,
  work: (context: CommandContext) => Promise<void>,
) => Promise<void>;

/** Opens the state beside a running gateway, runs the command, closes it; what goes wrong is a line and status 1. */
export const createMakeContext =
  (terminal: Terminal): MakeContext =>
  async (file, work) => {
    try {
      const config = await loadConfig({ file: configFile(file, terminal.env), env: terminal.env });
      const { store } = await openStore(config.store, Date.now, 'command');
      try {
        const { sealer, hmacKey } = await openSealer(config.store);
        const outbound = createOutbound(config.outbound);
        const out = (line: string): void => terminal.print(line);
        await work({
          config,
          store,
          sealer,
          hmacKey,
          outbound,
          clock: Date.now,
          out,
          readFile: (path) => readFile(path, 'utf8'),
        });
      } finally {
        await store.close();
      }
    } catch (cause) {
      if (!isForThePerson(cause)) throw cause;
      terminal.complain(cause.message);
      terminal.setStatus(1);
    }
  };

const FOR_THE_PERSON = [
  CommandProblem,
  ConfigError,
  StoreError,
  KeyProblem,
  OutboundError,
  GatewayError,
  ItemRejection,
];

/** Of files that the person named. */
const UNREADABLE = new Set(['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR']);

const isForThePerson = (cause: unknown): cause is Error =>
  FOR_THE_PERSON.some((kind) => cause instanceof kind) ||
  (cause instanceof Error && 'code' in cause && UNREADABLE.has(String(cause.code)));
