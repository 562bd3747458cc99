/** `{"expression":{"seq":[{"attribute","operator","value"},{"or":[{"seq":[…]}]}]}}` */
import type { UpstreamJson } from 'dci-gateway/plugin';
import type { Condition } from '../condition.ts';
import type { RecordType } from '../config.ts';
import { allowed, type QueryWriter, testedValue } from './query-form.ts';

export const seqWriter: QueryWriter = {
  queryType: 'expression',
  write: (condition, type) => {
    const seq = sequence(condition, type);
    return seq === undefined ? undefined : { expression: { seq } };
  },
};

const sequence = (condition: Condition, type: RecordType): readonly UpstreamJson[] | undefined => {
  switch (condition.kind) {
    case 'and': {
      const of = condition.of.map((each) => sequence(each, type));
      return of.every((each) => each !== undefined) ? of.flat() : undefined;
    }
    case 'or': {
      const of = condition.of.map((each) => sequence(each, type));
      return of.every((each) => each !== undefined) ? [{ or: of.map((seq) => ({ seq })) }] : undefined;
    }
    case 'test': {
      const attribute = allowed(condition, type);
      if (attribute === undefined) return undefined;
      return [{ attribute: attribute.name, operator: condition.operator, value: testedValue(condition) }];
    }
    case 'item':
      return sequence(condition.of, type);
    case 'not':
      return undefined;
  }
};
