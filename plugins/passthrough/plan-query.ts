/** A native query → what the upstream is asked, and what is left to do here. */
import type { NativeFilter, RegistryQuery, UpstreamJson } from 'dci-gateway/plugin';
import { type Condition, conditionOf } from './condition.ts';
import type { Operator, PassthroughConfig, QueryForm, RecordType } from './config.ts';
import { expressionWriter } from './queries/expression.ts';
import { identifierQueries } from './queries/idtype-value.ts';
import { predicateWriter } from './queries/predicate.ts';
import type { QueryWriter } from './queries/query-form.ts';
import { seqWriter } from './queries/seq.ts';
import { queriesOf, type World } from './record-types.ts';
import { KEY } from './records.ts';

export interface QueryPlan {
  readonly type: RecordType;
  readonly queryType: string;
  /** One an item of the request. Of several, or where `rest` is there, each must be answered whole. */
  readonly queries: readonly UpstreamJson[];
  /** What the upstream was told: whatever does not satisfy it is no answer to this query. */
  readonly told: NativeFilter;
  /** What it cannot be told: compared here, on whole answers. */
  readonly rest: NativeFilter | undefined;
  readonly sort: readonly UpstreamJson[];
}

const WRITERS: Readonly<Record<Exclude<QueryForm, 'idtype-value'>, QueryWriter>> = {
  predicate: predicateWriter,
  expression: expressionWriter,
  seq: seqWriter,
};

/** Undefined: the upstream cannot be asked this, exactly. */
export const createPlanQuery =
  (config: PassthroughConfig, { entities, recordTypes }: World) =>
  (query: RegistryQuery): QueryPlan | undefined => {
    const type = recordTypes.get(query.entity);
    if (type === undefined) return undefined;
    const sort = sortOf(query, type);
    if (sort === undefined) return undefined;
    const conditionIn = (filter: NativeFilter): Condition | undefined => {
      const condition = conditionOf(filter, type, entities);
      return condition === 'everything' ? undefined : condition;
    };
    const whole = conditionIn(query.filter);
    const shared = { type, told: query.filter, rest: undefined, sort };
    for (const form of queriesOf(config)) {
      if (whole === undefined) break;
      if (form === 'idtype-value') {
        const queries = identifierQueries(whole, type);
        if (queries === undefined || (queries.length > 1 && sort.length > 0)) continue;
        return { ...shared, queryType: form, queries };
      }
      const written = WRITERS[form].write(whole, type, { negations: config.negations ?? false });
      if (written !== undefined) return { ...shared, queryType: WRITERS[form].queryType, queries: [written] };
    }
    if (!queriesOf(config).includes('idtype-value') || sort.length > 0) return undefined;
    return lookUpAndCompare(query.filter, type, conditionIn);
  };

/** An identifier look-up beside conditions that are compared here. */
const lookUpAndCompare = (
  filter: NativeFilter,
  type: RecordType,
  conditionIn: (filter: NativeFilter) => Condition | undefined,
): QueryPlan | undefined => {
  const parts = filter.kind === 'and' ? filter.of : [filter];
  for (const told of parts) {
    const condition = conditionIn(told);
    const queries = condition === undefined ? undefined : identifierQueries(condition, type);
    if (queries === undefined) continue;
    const others = parts.filter((each) => each !== told);
    // Records that are read again by their key were found by rights before: they come whole, and all can be compared here.
    const free = (told.kind === 'in' || told.kind === 'compare') && told.column === KEY;
    const compared = free ? [] : others.map(conditionIn);
    if (others.length === 0 || !compared.every((each) => each !== undefined && isComparedHere(each, type))) continue;
    return { type, queryType: 'idtype-value', queries, told, rest: { kind: 'and', of: others }, sort: [] };
  }
  return undefined;
};

const isComparedHere = (condition: Condition, type: RecordType): boolean => {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.every((each) => isComparedHere(each, type));
    case 'not':
    case 'item':
      return isComparedHere(condition.of, type);
    case 'test': {
      const { path, operator } = condition;
      const may = (wanted: Operator): boolean =>
        type.attributes.get(path)?.here.has(wanted) === true || isIdentifier(path, type);
      return may(operator) || (operator === 'in' && may('eq'));
    }
  }
};

/** They come with every record: which types a partner may see is compared too. */
const isIdentifier = (path: string, { identifiers }: RecordType): boolean =>
  identifiers !== undefined &&
  [identifiers.type, identifiers.value].some((column) => path === `${identifiers.list}.${column}`);

const sortOf = ({ order }: RegistryQuery, { attributes }: RecordType): readonly UpstreamJson[] | undefined => {
  const keys = order.map(({ column, direction }) => {
    const attribute = attributes.get(column);
    return attribute?.sort === true ? { attribute_name: attribute.name, sort_order: direction } : undefined;
  });
  return keys.every((key) => key !== undefined) ? keys : undefined;
};
