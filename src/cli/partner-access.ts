/** `dci-gateway partner disable`, `enable` and `rotate-secret`. */

import { hashMadeSecret, makeSecret } from '../security/secrets.ts';
import { changePartner } from './change-partner.ts';
import type { CommandContext } from './command-context.ts';
import { showSecret } from './partner-add.ts';

/** Its tokens stop working within five seconds, for good: `enable` lets it fetch new ones. */
export const disablePartner = async (context: CommandContext, id: string): Promise<void> => {
  await changePartner(context, id, (partner) => ({
    ...partner,
    active: false,
    revocations: (partner.revocations ?? 0) + 1,
  }));
  context.out(`Partner ${id} is disabled: its tokens stop working within five seconds.`);
};

export const enablePartner = async (context: CommandContext, id: string): Promise<void> => {
  await changePartner(context, id, (partner) => ({ ...partner, active: true }));
  context.out(`Partner ${id} is active: it fetches a new token, those from before stay ended.`);
};

/** Makes a new secret and shows it this once. The old one, and tokens it was traded for, stop working within five seconds. */
export const rotateSecret = async (context: CommandContext, id: string): Promise<void> => {
  const secret = makeSecret();
  const { clientId } = await changePartner(context, id, (partner) => ({
    ...partner,
    secret: hashMadeSecret(secret, context.hmacKey),
  }));
  context.out(`Partner ${id} has a new secret. The old one and its tokens stop working within five seconds.`);
  showSecret(context, clientId, secret);
};
