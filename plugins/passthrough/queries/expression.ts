/** `{"type":"ns:org:QueryType:expression","value":{"expression":{"collection":"Person","query":{"$and":[…]}}}}` */
import type { UpstreamJson, UpstreamObject } from 'dci-gateway/plugin';
import type { Condition } from '../condition.ts';
import type { RecordType } from '../config.ts';
import { allowed, type QueryWriter, testedValue, type WriterSettings } from './query-form.ts';

export const expressionWriter: QueryWriter = {
  queryType: 'expression',
  write: (condition, type, settings) => {
    const query = write(condition, type, settings);
    if (query === undefined) return undefined;
    return { type: 'ns:org:QueryType:expression', value: { expression: { collection: type.wireName, query } } };
  },
};

const OPERATORS: Readonly<Record<string, string>> = { ge: '$gte', le: '$lte' };

const write = (condition: Condition, type: RecordType, settings: WriterSettings): UpstreamObject | undefined => {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of = condition.of.map((each) => write(each, type, settings));
      return of.every((each) => each !== undefined) ? { [`$${condition.kind}`]: of } : undefined;
    }
    case 'not': {
      const of = settings.negations ? write(condition.of, type, settings) : undefined;
      return of === undefined ? undefined : { $nor: [of] };
    }
    case 'test': {
      const attribute = allowed(condition, type);
      if (attribute === undefined) return undefined;
      const operator = OPERATORS[condition.operator] ?? `$${condition.operator}`;
      return { [attribute.name]: { [operator]: testedValue(condition) } };
    }
    case 'item':
      return oneItem(condition.of, type, settings);
  }
};

/** Conditions on one item stand in one object. */
const oneItem = (of: Condition, type: RecordType, settings: WriterSettings): UpstreamObject | undefined => {
  if (of.kind !== 'and') return write(of, type, settings);
  const members = new Map<string, UpstreamJson>();
  for (const each of of.of) {
    const part = write(each, type, settings);
    if (part === undefined) return undefined;
    for (const [name, value] of Object.entries(part)) {
      const before = members.get(name);
      if (before !== undefined && (name.startsWith('$') || typeof before !== 'object' || typeof value !== 'object'))
        return undefined;
      members.set(name, before === undefined ? value : { ...(before as UpstreamObject), ...(value as UpstreamObject) }); // objects: asked above
    }
  }
  return Object.fromEntries(members);
};
