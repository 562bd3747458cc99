/** `dci-gateway keys`: our own keys. */

import { type Command, Option } from 'commander';
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

/** A line each: key id, use, state, when it begins and ends to sign. */
export const listKeys = async (context: CommandContext): Promise<void> => {
  for (const key of (await ownKeys(context)).list()) {
    const begins = key.activeFrom === 0 ? day(key.createdAt) : day(key.activeFrom);
    const ends = key.retiredAt === undefined ? '' : `until ${day(key.retiredAt)}`;
    context.out(
      [key.keyId, key.use === 'sig' ? 'messages' : 'tokens', key.state, `from ${begins}`, ends].join('\t').trimEnd(),
    );
  }
};

/** Makes the next key; the present one signs until partners have had time to read the new one. */
export const rotateKey = async (context: CommandContext, { use }: { readonly use: 'sig' | 'token' }): Promise<void> => {
  const { keyId, activeFrom } = await (await ownKeys(context)).rotate(use);
  context.out(`Key ${keyId} was made. It signs from ${day(activeFrom)} on; until then the present key does.`);
};

/** Ends a key at once: it signs no more and leaves the key set. */
export const retireKey = async (context: CommandContext, keyId: string): Promise<void> => {
  await (await ownKeys(context)).retire(keyId);
  context.out(`Key ${keyId} is retired. A running gateway stops using it within half a minute.`);
};

export const registerKeysCommands = (program: Command, makeContext: MakeContext): void => {
  const keys = program.command('keys').description("the gateway's own keys");
  keys
    .command('list')
    .description('shows the keys that sign messages and access tokens')
    .option(...CONFIG_OPTION)
    .action(({ config }: { readonly config?: string }) => makeContext(config, listKeys));
  keys
    .command('rotate')
    .description('makes the next key; it signs once partners have had time to read it')
    .addOption(
      new Option('--use <use>', 'sig: messages, token: access tokens').choices(['sig', 'token']).default('sig'),
    )
    .option(...CONFIG_OPTION)
    .action((options: { readonly config?: string; readonly use: 'sig' | 'token' }) =>
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
