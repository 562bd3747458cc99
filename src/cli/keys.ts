/** `dci-gateway keys`: our own keys. */

import { type Command, Option } from 'commander';
import { keyAlgorithmOf } from '../security/encryption/algorithms.ts';
import { linesOf } from '../security/keys/key-lines.ts';
import { type OwnKeys, openOwnKeys } from '../security/keys/own-keys.ts';
import type { CommandContext, MakeContext } from './command-context.ts';
import { CONFIG_OPTION } from './terminal.ts';

/** The keys that the gateway reads anew every half minute. */
const ownKeys = ({ store, sealer, clock, config }: CommandContext): Promise<OwnKeys> =>
  openOwnKeys({
    store: store.keys,
    sealer,
    clock,
    senderId: config.identity.id,
    jwksMaxAgeSeconds: config.signatures.jwksMaxAgeSeconds,
  });

const day = (at: number | undefined): string =>
  at === undefined ? '' : new Date(at).toISOString().replace(/\.\d+/, '');

type Use = 'sig' | 'token' | 'enc';

const WHAT: Readonly<Record<Use, string>> = { sig: 'messages', token: 'tokens', enc: 'encryption' };

/** A line each: key id, what it is for, state, from when until when. One for encryption goes on opening until it is retired by hand. */
export const listKeys = async (context: CommandContext): Promise<void> => {
  for (const key of (await ownKeys(context)).list()) {
    const begins = key.activeFrom === 0 ? day(key.createdAt) : day(key.activeFrom);
    const ends = key.retiredAt === undefined ? '' : `until ${day(key.retiredAt)}`;
    const state = key.use === 'enc' && key.state === 'retired' ? 'opens' : key.state;
    context.out([key.keyId, WHAT[key.use], state, `from ${begins}`, ends].join('\t').trimEnd());
  }
};

/** Makes the next key; the present one is used until partners have had time to read the new one. For encryption there are two. */
export const rotateKey = async (context: CommandContext, { use }: { readonly use: Use }): Promise<void> => {
  const keys = await ownKeys(context);
  for (const line of linesOf(use)) {
    const { keyId, activeFrom, publicJwk } = await keys.rotate(line);
    context.out(
      use === 'enc'
        ? `Key ${keyId} (${keyAlgorithmOf(publicJwk)}) was made. It is published from ${day(activeFrom)} on; the one before it opens messages until you retire it.`
        : `Key ${keyId} was made. It signs from ${day(activeFrom)} on; until then the present key does.`,
    );
  }
};

/** Ends a key at once: it signs and opens no more and leaves the key set. */
export const retireKey = async (context: CommandContext, keyId: string): Promise<void> => {
  await (await ownKeys(context)).retire(keyId);
  context.out(`Key ${keyId} is retired. A running gateway stops using it within half a minute.`);
};

export const registerKeysCommands = (program: Command, makeContext: MakeContext): void => {
  const keys = program.command('keys').description("the gateway's own keys");
  keys
    .command('list')
    .description('shows the keys that sign messages and access tokens, and those that open messages')
    .option(...CONFIG_OPTION)
    .action(({ config }: { readonly config?: string }) => makeContext(config, listKeys));
  keys
    .command('rotate')
    .description('makes the next key; it is used once partners have had time to read it')
    .addOption(
      new Option('--use <use>', 'sig: signs messages, token: signs access tokens, enc: opens encrypted messages')
        .choices(['sig', 'token', 'enc'] satisfies Use[])
        .default('sig'),
    )
    .option(...CONFIG_OPTION)
    .action((options: { readonly config?: string; readonly use: Use }) =>
      makeContext(options.config, (context) => rotateKey(context, options)),
    );
  keys
    .command('retire')
    .argument('<key-id>', 'as `keys list` shows it')
    .description('ends a key at once: for one that has become known to others')
    .option(...CONFIG_OPTION)
    .action((keyId: string, { config }: { readonly config?: string }) =>
      makeContext(config, (context) => retireKey(context, keyId)),
    );
};
