import type { Mistake } from './explain.ts';
import { nearestName } from './nearest-name.ts';
import type { RawPartner, RawRights } from './schema/partners.ts';
import type { RawRegistry } from './schema/registries.ts';

type Registries = Readonly<Record<string, RawRegistry>>;
type Partners = Readonly<Record<string, RawPartner>>;

/** Mistakes that show only when sections are read together. */
export const checkReferences = (
  partners: Partners,
  registries: Registries,
  recordTypes: ReadonlyMap<string, ReadonlySet<string>>,
): Mistake[] => [
  ...doubledIds(partners),
  ...Object.entries(partners).flatMap(([id, partner]) =>
    Object.entries(partner.registries).flatMap(([registry, rights]) =>
      bound(['partners', id, 'registries', registry], partner, rights, {
        registry,
        registries,
        types: recordTypes.get(registry),
      }),
    ),
  ),
];

/** A client id or sender id leads to one partner. */
const doubledIds = (partners: Partners): Mistake[] => {
  const mistakes: Mistake[] = [];
  const clients = new Map<string, string>();
  const senders = new Map<string, string>();
  for (const [id, partner] of Object.entries(partners)) {
    const client = clients.get(partner.client_id);
    if (client !== undefined)
      mistakes.push({
        path: ['partners', id, 'client_id'],
        problem: `is ${client}'s as well`,
        fix: 'give each partner its own',
      });
    clients.set(partner.client_id, id);
    partner.sender_ids.forEach((sender, index) => {
      const other = senders.get(sender);
      if (other !== undefined)
        mistakes.push({
          path: ['partners', id, 'sender_ids', index],
          problem: `is ${other}'s as well`,
          fix: 'give each partner its own',
        });
      senders.set(sender, id);
    });
  }
  return mistakes;
};

interface Bound {
  readonly registry: string;
  readonly registries: Registries;
  /** Undefined when the registry's mapping is wrong itself. */
  readonly types: ReadonlySet<string> | undefined;
}

const bound = (
  path: readonly string[],
  partner: RawPartner,
  rights: RawRights,
  { registry, registries, types }: Bound,
): Mistake[] => {
  const entry = Object.hasOwn(registries, registry) ? registries[registry] : undefined;
  if (entry === undefined)
    return [unknown(path, `there is no registry ${registry}`, registry, Object.keys(registries))];
  const mistakes: Mistake[] = [];
  if (partner.demo && !entry.sample) {
    mistakes.push({
      path,
      problem: 'binds a demo partner to a registry that is not marked sample',
      fix: 'make the partner a real one (no demo: true), or take the registry out',
    });
  }
  const scopes = Object.keys(entry.scopes);
  for (const [index, name] of (rights.scopes ?? []).entries()) {
    if (!scopes.includes(name))
      mistakes.push(unknown([...path, 'scopes', index], `registry ${registry} has no scope ${name}`, name, scopes));
  }
  if (rights.records === 'all' || types === undefined) return mistakes;
  for (const type of Object.keys(rights.records)) {
    if (!types.has(type))
      mistakes.push(
        unknown([...path, 'records', type], `registry ${registry} has no record type ${type}`, type, [...types]),
      );
  }
  return mistakes;
};

/** A name that is none of the known ones. */
export const unknown = (path: Mistake['path'], problem: string, written: string, among: Iterable<string>): Mistake => {
  const known = [...among];
  const near = nearestName(written, known);
  return {
    path,
    problem: `cannot be: ${problem}`,
    fix:
      near !== undefined
        ? `did you mean ${near}?`
        : known.length === 0
          ? 'there are none yet'
          : `known: ${known.join(', ')}`,
  };
};
