/** Paths of rights that the mapping does not have: they allow nothing, and are most often a slip of the pen. */

import type { RecordModel } from '../dci/attribute.ts';
import type { Allowed, RegistryRights } from '../security/rights.ts';
import type { Models } from './allowed.ts';

/** A sentence each, for the operator. */
export const unknownPaths = (rights: RegistryRights, models: Models): readonly string[] =>
  [...rights.records].flatMap(([type, record]) => {
    const model = models.get(type);
    if (model === undefined) return [`records.${type}: the registry has no such record type`];
    const fields = model.fields ?? new Set<string>();
    const searched = searchedPaths(model);
    return [
      ...unknownAmong(record.fields, fields).map((path) => `records.${type}.fields: there is no field ${path}`),
      ...unknownAmong(record.attributes, new Set([...fields, ...searched])).map(
        (path) => `records.${type}.attributes: there is no attribute ${path}${insteadOf(path, model)}`,
      ),
    ];
  });

/** Where rights on attributes apply: the paths of this record's own part of each. */
const searchedPaths = (model: RecordModel): ReadonlySet<string> =>
  new Set([...model.attributes.values()].flatMap(({ chains }) => chains.flatMap(([step]) => step?.path ?? [])));

const unknownAmong = (allowed: Allowed, known: ReadonlySet<string>): readonly string[] =>
  allowed === 'all'
    ? []
    : allowed.filter((path) => !known.has(path) && ![...known].some((each) => each.startsWith(`${path}.`)));

/** A name that the mapping gives is not what rights are about: they name the path behind it. */
const insteadOf = (path: string, model: RecordModel): string => {
  const [chain] = model.attributes.get(path)?.chains ?? [];
  const [step] = chain ?? [];
  return step === undefined ? '' : `; rights name ${step.path}, which it stands for`;
};
