/**
 * THE one place that checks what a partner may ask (DESIGN "Rights"): on the decoded, resolved query, for every way in
 * (sync, async, notify, files). What is nested and what comes back is held by the `View` of view.ts.
 */

import type { Attribute, RecordModel } from '../dci/attribute.ts';
import type { Filter } from '../dci/filter.ts';
import { GatewayError } from '../errors.ts';
import type { SortKey } from '../mapping/mapping.ts';
import { badSort, unavailableOperator, unknownAttribute } from '../query/refuse.ts';
import type { ResolvedSortKey, SelectedField } from '../query/resolve.ts';
import { NAMED_ACTIONS, type RegistryRights, rowFilters } from '../security/rights.ts';
import { covers, type Models, maySearch, maySee } from './allowed.ts';
import { limitIdentifiers } from './identifier-rows.ts';
import { seesField } from './sees-field.ts';
import { checkWidth } from './width.ts';

export interface Question {
  readonly filter: Filter;
  /** What the partner wrote of it, where the registry added a condition: how wide it searches is judged by that alone. */
  readonly ownPart?: Filter;
  readonly sort: readonly ResolvedSortKey[];
  readonly recordType: string;
  readonly projection: readonly SelectedField[] | undefined;
  /** The partner's rights on this registry; undefined: it has none. */
  readonly rights: RegistryRights | undefined;
  readonly models: Models;
}

export interface Authorised {
  /** Narrowed to the identifier types that the partner may search. */
  readonly filter: Filter;
  readonly sort: readonly SortKey[];
  readonly projection: readonly string[] | undefined;
}

/**
 * Throws `GatewayError('request.forbidden')` for the whole request (registry, record type, identifier type) and
 * `ItemRejection` for one item (attribute, operator, sort key, width, selection), in the words used for unknown names.
 */
export const authorise = (question: Question): Authorised => {
  const { filter, sort, recordType, projection, models } = question;
  const { rights, model } = authoriseRecord(question.rights, recordType, models);
  checkCompares(filter, rights, models, true);
  checkWidth(question.ownPart ?? filter, rights, models);
  for (const key of sort) checkSortKey(key, model, rights);
  for (const field of projection ?? []) {
    if (!seesField(field.path, model, rights)) throw unknownAttribute(field.written);
  }
  return {
    filter: limitIdentifiers(filter, { rights, models, model }),
    sort,
    projection: projection?.map((field) => field.path),
  };
};

/** For `resolveFilter`'s `may`: whether a name exists at all for this partner. */
export const mayAsk =
  (rights: RegistryRights, models: Models) =>
  (attribute: Attribute): boolean =>
    maySearch(attribute, rights, models);

/** Throws `GatewayError('request.forbidden')` unless the partner has rights on the registry that hold this action (`search`, …). */
export const authoriseAction = (rights: RegistryRights | undefined, action: string): RegistryRights => {
  if (rights === undefined || !covers(rights.actions, action)) throw new GatewayError('request.forbidden');
  if (rights.actions === 'all' && NAMED_ACTIONS.has(action)) throw new GatewayError('request.forbidden');
  return rights;
};

/** Throws `GatewayError('request.forbidden')` unless the record type exists and may be searched. */
export const authoriseRecord = (
  rights: RegistryRights | undefined,
  recordType: string,
  models: Models,
): { readonly rights: RegistryRights; readonly model: RecordModel } => {
  const model = models.get(recordType);
  if (rights === undefined || model === undefined || !rights.records.has(recordType)) {
    throw new GatewayError('request.forbidden', { detail: 'record type not allowed' });
  }
  return { rights, model };
};

/** What may be searched but is not seen takes only `eq` and `in`, and not their negation: the rest would read it out. */
const checkCompares = (filter: Filter, rights: RegistryRights, models: Models, positive: boolean): void => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const each of filter.of) checkCompares(each, rights, models, positive);
      return;
    case 'not':
      checkCompares(filter.of, rights, models, !positive);
      return;
    case 'any':
      // "There is some item" says something of a list without naming an attribute of it.
      if (filter.of.kind === 'everything') throw unknownAttribute(filter.list);
      checkCompares(filter.of, rights, models, positive);
      return;
    case 'compare': {
      const name = filter.written ?? filter.attribute.path;
      if (!maySearch(filter.attribute, rights, models)) throw unknownAttribute(name);
      const exact = positive && (filter.operator === 'eq' || filter.operator === 'in');
      if (!exact && !maySee(filter.attribute, rights)) throw unavailableOperator(name);
      return;
    }
    case 'everything':
      return;
  }
};

/** The order of an answer tells what it is sorted by; a nested record that its row filter hides must not show there either. */
const checkSortKey = (key: ResolvedSortKey, model: RecordModel, rights: RegistryRights): void => {
  const attribute = model.attributes.get(key.path);
  const nested = attribute?.chains.flatMap((chain) => chain.slice(1).map((step) => step.record)) ?? [];
  const hidden =
    (rights.asks !== undefined && nested.length > 0) || nested.some((record) => rowFilters(rights, record).length > 0);
  if (attribute === undefined || hidden || !maySee(attribute, rights)) throw badSort(key.written);
};
