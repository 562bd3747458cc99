/** Reading and changing one partner of the store, beside a gateway and other commands. */

import type { Partner } from '../security/partner.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';

const ATTEMPTS = 5;

/** @throws CommandProblem for one that is not there, or stands in the configuration file */
export const storedPartner = async ({ store, config }: CommandContext, id: string): Promise<Partner> => {
  const partner = await store.partners.get(id);
  if (partner !== undefined) return partner;
  if (config.partners.some((each) => each.partner.id === id)) {
    throw new CommandProblem(
      `Partner ${id} stands in the configuration file: change it there and restart the gateway.`,
    );
  }
  throw new CommandProblem(`There is no partner ${id}. dci-gateway partner list shows them.`);
};

/** Applies a change to the partner as it is now; another command's change in between is not lost. Answers the changed partner. */
export const changePartner = async (
  context: CommandContext,
  id: string,
  change: (partner: Partner) => Partner,
): Promise<Partner> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const partner = await storedPartner(context, id);
    const changed = change(partner);
    if (await context.store.partners.replace(changed, partner.version)) return changed;
  }
  throw new CommandProblem(
    `Partner ${id} is being changed by others, or its client id or a sender id is another's. Nothing was changed.`,
  );
};
