/** What tests of the `partner` commands share. */

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { Partner } from '../../src/security/partner.ts';
import type { CommandRig } from './command-rig.ts';

export const SENDER = { sender: ['health.gov.example'] };

/** How a command says that it cannot. */
export const problem = (pattern: RegExp) => ({ name: 'CommandProblem', message: pattern });

export const jwk = (kid?: string): Record<string, string> => ({
  ...(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) as Record<string, string>),
  ...(kid && { kid }),
});

/** The partner as it is kept. */
export const stored = async ({ context }: CommandRig, id = 'health'): Promise<Partner> => {
  const partner = await context.store.partners.get(id);
  assert.ok(partner);
  return partner;
};
