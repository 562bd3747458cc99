/** `[{"seq_num":1,"expression1":{"attribute_name","operator","attribute_value"}}]`: items are ANDed, two alternatives fit in one. */
import type { UpstreamJson } from 'dci-gateway/plugin';
import type { Condition, Test } from '../condition.ts';
import type { RecordType } from '../config.ts';
import { allowed, type QueryWriter, testedValue } from './query-form.ts';

export const predicateWriter: QueryWriter = {
  queryType: 'predicate',
  write: (condition, type) => {
    const items = itemsOf(condition).map((each) => item(each, type));
    if (items.includes(undefined)) return undefined;
    return items.map((each, index) => ({ seq_num: index + 1, ...(each as { readonly [key: string]: UpstreamJson }) })); // none is undefined
  },
};

/** Conditions on one item are told side by side; that they meet on one is seen when the answer is looked at. */
const itemsOf = (condition: Condition): readonly Condition[] => {
  if (condition.kind === 'and') return condition.of.flatMap(itemsOf);
  return condition.kind === 'item' ? itemsOf(condition.of) : [condition];
};

const item = (condition: Condition, type: RecordType): UpstreamJson | undefined => {
  if (condition.kind === 'test') {
    const expression1 = expression(condition, type);
    return expression1 === undefined ? undefined : { expression1 };
  }
  if (condition.kind !== 'or' || condition.of.length !== 2) return undefined;
  const [expression1, expression2] = condition.of.map((each) => {
    const test = each.kind === 'item' ? each.of : each;
    return test.kind === 'test' ? expression(test, type) : undefined;
  });
  return expression1 === undefined || expression2 === undefined
    ? undefined
    : { expression1, condition: 'or', expression2 };
};

const expression = (test: Test, type: RecordType): UpstreamJson | undefined => {
  const attribute = allowed(test, type);
  if (attribute === undefined) return undefined;
  return { attribute_name: attribute.name, operator: test.operator, attribute_value: testedValue(test) };
};
