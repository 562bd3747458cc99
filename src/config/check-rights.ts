/** Rights must name what the registry has: what is not there allows nothing, and is most often a slip of the pen. */

import type { NamedPaths } from '../mapping/named-paths.ts';
import type { Allowed } from '../security/rights.ts';
import { unknown } from './check-references.ts';
import type { Mistake } from './explain.ts';
import type { RawPartner, RawRecordRights } from './schema/partners.ts';

type Records = 'all' | Readonly<Record<string, 'all' | RawRecordRights>>;

/** @param paths by registry and record type, of those whose mapping could be read */
export const checkRights = (
  partners: Readonly<Record<string, RawPartner>>,
  paths: ReadonlyMap<string, ReadonlyMap<string, NamedPaths>>,
): readonly Mistake[] =>
  Object.entries(partners).flatMap(([id, partner]) =>
    Object.entries(partner.registries).flatMap(([registry, rights]) => {
      const path = ['partners', id, 'registries', registry];
      const known = paths.get(registry) ?? new Map();
      return [
        ...strayInRecords([...path, 'records'], rights.records, known),
        ...Object.entries(rights.purposes ?? {}).flatMap(([name, purpose]) =>
          strayInRecords([...path, 'purposes', name, 'records'], purpose.records ?? {}, known),
        ),
      ];
    }),
  );

const strayInRecords = (
  path: readonly string[],
  records: Records,
  paths: ReadonlyMap<string, NamedPaths>,
): readonly Mistake[] =>
  records === 'all'
    ? []
    : Object.entries(records).flatMap(([type, record]) => {
        const known = paths.get(type);
        return record === 'all' || known === undefined ? [] : strayInRecord([...path, type], type, record, known);
      });

const strayInRecord = (
  path: readonly string[],
  type: string,
  { fields, attributes }: RawRecordRights,
  known: NamedPaths,
): readonly Mistake[] => {
  const searched = new Set([...known.fields, ...known.attributes]);
  const mistakes = (key: 'fields' | 'attributes', allowed: Allowed | undefined, among: ReadonlySet<string>) =>
    strayPaths(allowed, among).map((each) => {
      const at = [...path, key, typeof allowed === 'object' ? allowed.indexOf(each) : 0];
      const stray = unknown(at, `${type} has no ${key === 'fields' ? 'field' : 'attribute'} ${each}`, each, among);
      const fix = insteadOf(each, known);
      return fix === undefined ? stray : { ...stray, fix };
    });
  return [...mistakes('fields', fields, known.fields), ...mistakes('attributes', attributes, searched)];
};

const insteadOf = (path: string, { names, nested }: NamedPaths): string | undefined => {
  const own = names.get(path);
  if (own !== undefined) return `rights name ${own}, which it stands for`;
  const [edge, record] = [...nested].find(([each]) => path.startsWith(`${each}.`)) ?? [];
  return edge === undefined
    ? undefined
    : `${edge} is a nested ${record}: say under records.${record} what is allowed of it`;
};

/** Paths that are none of the known ones. */
export const strayPaths = (allowed: Allowed | undefined, known: ReadonlySet<string>): readonly string[] =>
  allowed === undefined || allowed === 'all' ? [] : allowed.filter((path) => !known.has(path));
