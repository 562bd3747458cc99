/** `dci-gateway explain`: canonical text, digest, signing string, and which profile verifies. */

import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { GatewayError } from '../errors.ts';
import { KeyProblem } from '../security/keys/public-key.ts';
import { SIGNATURE_PROFILES, type SignatureProfile } from '../security/partner.ts';
import { explainMessage } from './explain.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly profile: SignatureProfile;
  readonly key?: string;
  readonly canonical?: boolean;
}

export const registerExplainCommand = (program: Command, terminal: Terminal): void => {
  program
    .command('explain')
    .description('shows what a message on standard input is signed over, and which profile verifies it')
    .addOption(new Option('--profile <name>', 'how it is signed').choices(SIGNATURE_PROFILES).default('dci-spaced'))
    .option('--key <file>', "the sender's public key: PEM or JWK, or its key set (JWKS)")
    .option('--canonical', 'print the canonical text alone, without a line break at its end')
    .action(async ({ profile, key, canonical = false }: Options) => {
      const text = await terminal.readInput();
      try {
        const keyText = key === undefined ? {} : { key: await readFile(key, 'utf8') };
        terminal.write(await explainMessage({ text, profile, ...keyText, canonicalOnly: canonical }));
      } catch (cause) {
        if (!(cause instanceof GatewayError || cause instanceof KeyProblem || isFileProblem(cause))) throw cause;
        terminal.complain(cause.message);
        terminal.setStatus(1);
      }
    });
};

const isFileProblem = (cause: unknown): cause is Error =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
