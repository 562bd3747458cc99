/** What rights say about one attribute: whether it may be asked for, whether it is seen, which identifier types count. */

import type { Attribute, AttributeStep, RecordModel } from '../dci/attribute.ts';
import type { Allowed, RegistryRights } from '../security/rights.ts';

export type Models = ReadonlyMap<string, RecordModel>;

/** A path allows itself and all below it. */
export const covers = (allowed: Allowed, path: string): boolean =>
  allowed === 'all' || allowed.some((each) => path === each || path.startsWith(`${each}.`));

/** The identifier list of a record type that an attribute is a member of. */
export interface IdentifierMember {
  /** Full path of the list from the searched record. */
  readonly list: string;
  readonly member: 'identifier_type' | 'identifier_value' | 'other';
  /** Types of that record that the partner may search and see. */
  readonly types: Allowed;
}

/**
 * Whether an attribute may stand in a query: each step of each of its chains is allowed for its own record type, so a
 * nested attribute needs the list, the member's person and the person's field. Identifiers are allowed by their types
 * (`identifierTypes`: "may be searched and are shown"; those of a record's own list, which is what look-ups search), which `authorise` holds every comparison to.
 */
export const maySearch = (attribute: Attribute, rights: RegistryRights, models: Models): boolean => {
  const { chains } = attribute;
  if (chains.length === 0 || !everyStep(attribute, (step) => stepSearchable(step, rights, models))) return false;
  if (attribute.identifies === true && !chains.every((chain) => maySearchUntyped(chain, rights, models))) return false;
  // Several sources at once cannot be held to identifier types on one row.
  return (
    chains.length === 1 || chains.every((chain) => (identifierStep(chain, rights, models)?.types ?? 'all') === 'all')
  );
};

/**
 * An identifier under another name has no type beside it. Who may search some types only needs that name in so many words:
 * `attributes: all` does not give it.
 */
const maySearchUntyped = (chain: readonly AttributeStep[], rights: RegistryRights, models: Models): boolean => {
  const last = chain.at(-1);
  const record = last === undefined ? undefined : rights.records.get(last.record);
  if (last === undefined || record === undefined) return false;
  if (record.identifierTypes === 'all' || identifierStep(chain, rights, models) !== undefined) return true;
  return record.attributes !== 'all' && covers(record.attributes, last.path);
};

const stepSearchable = (step: AttributeStep, rights: RegistryRights, models: Models): boolean => {
  const record = rights.records.get(step.record);
  if (record === undefined) return false;
  const own = models.get(step.record)?.identifiers;
  return covers(record.attributes, step.path) || (own !== undefined && step.path.startsWith(`${own}.`));
};

/** Whether what the attribute holds comes back to this partner. */
export const maySee = (attribute: Attribute, rights: RegistryRights): boolean =>
  attribute.chains.length > 0 &&
  everyStep(attribute, ({ record, path }) => covers(rights.records.get(record)?.fields ?? [], path));

const everyStep = (attribute: Attribute, test: (step: AttributeStep) => boolean): boolean =>
  attribute.chains.every((chain) => chain.length > 0 && chain.every(test));

export const identifierMember = (
  attribute: Attribute,
  rights: RegistryRights,
  models: Models,
): IdentifierMember | undefined => {
  const [chain] = attribute.chains;
  return chain === undefined ? undefined : identifierStep(chain, rights, models);
};

const identifierStep = (
  chain: readonly AttributeStep[],
  rights: RegistryRights,
  models: Models,
): IdentifierMember | undefined => {
  const last = chain.at(-1);
  const own = last === undefined ? undefined : identifierPath(last, models);
  if (last === undefined || own === undefined) return undefined;
  const name = last.path.slice(own.length + 1);
  return {
    list: [...chain.slice(0, -1).map((step) => step.path), own].join('.'),
    member: name === 'identifier_type' || name === 'identifier_value' ? name : 'other',
    types: rights.records.get(last.record)?.identifierTypes ?? [],
  };
};

/**
 * The list of identifiers that the step's path lies in: the record type's own, or another whose items have an
 * `identifier_value` (a person's households carry theirs); the record's types hold for all of them.
 */
const identifierPath = ({ record, path }: AttributeStep, models: Models): string | undefined => {
  const model = models.get(record);
  for (let list = parentOf(path); list !== ''; list = parentOf(list)) {
    if (list === model?.identifiers || /^identifier_(type|value)$/.test(path.slice(list.length + 1))) return list;
    if (model?.attributes.has(`${list}.identifier_value`) === true) return list;
  }
  return undefined;
};

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));
