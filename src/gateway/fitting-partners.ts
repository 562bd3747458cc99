/** Partners that are there, held against a registry that is open: those made by command have no line in a file to point at. */

import type { Log } from '../log.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { BackendPlugin } from '../plugin.ts';
import type { Partner } from '../security/partner.ts';
import { rowFilterProblems, uselessRights } from './check-rights.ts';

export interface FittingRegistry {
  readonly id: string;
  readonly plugin: BackendPlugin;
  readonly mapping: Mapping;
}

/** The partner that a registry's notifications come from, where none of these is it. */
export const absentTeller = (
  { plugin }: Pick<FittingRegistry, 'plugin'>,
  partners: readonly Partner[],
): string | undefined => {
  const teller = plugin.upstream?.notifications?.partner;
  return partners.some(({ id }) => id === teller) ? undefined : teller;
};

/** Logs what does not fit: a partner made by command must not keep everybody else from being served; its own searches fail. */
export const logUnfitting =
  (partners: () => readonly Partner[], log: Log) =>
  (registry: FittingRegistry): void => {
    const { id, mapping } = registry;
    const stored = partners().filter(({ source }) => source === 'store');
    for (const each of rowFilterProblems(stored, id, mapping)) log.error('row filter does not fit', { problem: each });
    const useless = uselessRights(stored, id, mapping);
    if (useless.length > 0) log.warn('rights name what the mapping has not', { rights: useless });
    const teller = absentTeller(registry, partners());
    if (teller !== undefined)
      log.warn('notifications would come from a partner that is not there', { registry: id, partner: teller });
  };
