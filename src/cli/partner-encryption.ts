/** `dci-gateway partner set-encryption`, and what the commands on keys tell about encryption. */

import { readEncryptionKey } from '../security/keys/encryption-key.ts';
import type { FetchedKeys } from '../security/keys/fetch-jwks.ts';
import type { Partner, PartnerEncryptionKey } from '../security/partner.ts';
import { changePartner } from './change-partner.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';

/** What a partner must do with the messages it sends. */
export const ENCRYPTION_POLICIES = ['optional', 'required'] as const;

export type EncryptionPolicy = (typeof ENCRYPTION_POLICIES)[number];

/** Reads a public key from a PEM or JWK file. @throws KeyProblem; CommandProblem when nothing names the key */
export const readPartnerEncryptionKey = async (
  { readFile }: CommandContext,
  file: string,
  name: string | undefined,
): Promise<PartnerEncryptionKey> => {
  const { algorithm, jwk, keyId } = await readEncryptionKey(await readFile(file));
  const chosen = name ?? keyId;
  if (chosen === undefined)
    throw new CommandProblem(
      "The file names no key: give --key-id, the partner's own name of it (kid in what we send).",
    );
  return { keyId: chosen, algorithm, jwk, source: 'pinned', active: true };
};

/** Says whether the partner may still send messages in clear. */
export const setEncryption = async (
  context: CommandContext,
  id: string,
  encryption: EncryptionPolicy,
): Promise<void> => {
  const changed = await changePartner(context, id, (partner) => ({ ...partner, encryption }));
  context.out(
    encryption === 'required'
      ? `Messages that partner ${id} sends in clear are refused. A running gateway knows it within five seconds.`
      : `Partner ${id} may send messages in clear and encrypted. A running gateway knows it within five seconds.`,
  );
  tellEncryption(context, changed);
};

/** Which key messages to the partner are encrypted for, by the rules of `PartnerKeys.encryptionKey`. */
export const tellEncryption = (
  { out }: CommandContext,
  { id, encryptionKeys = [], jwksUrl }: Partner,
  fetched?: Pick<FetchedKeys, 'wantsMore'>,
): void => {
  const active = encryptionKeys.filter((key) => key.active);
  const key = active.find(({ source }) => source === 'pinned' || jwksUrl === undefined) ?? active[0];
  if (key !== undefined) out(`Messages to partner ${id} are encrypted for key ${key.keyId}.`);
  else if (fetched?.wantsMore)
    out(`Nothing can be sent to partner ${id} until its key set holds an encryption key that can be used.`);
  else if (jwksUrl === undefined) out(`Messages to partner ${id} go out in clear: it has no active encryption key.`);
  else out(`Messages to partner ${id} go out in clear unless its key set holds an encryption key.`);
};
