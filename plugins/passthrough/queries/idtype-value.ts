/** `{"type":"UIN","value":"123"}`: the one form that every server of DCI answers. */
import type { NonNullValue, UpstreamJson } from 'dci-gateway/plugin';
import type { Condition, Test } from '../condition.ts';
import type { RecordType } from '../config.ts';

/**
 * One query an identifier: several values of one type are several items of one request. Undefined where the condition is
 * anything but a type and its values on the list that identifiers are looked up in.
 */
export const identifierQueries = (
  condition: Condition,
  { identifiers }: RecordType,
): readonly UpstreamJson[] | undefined => {
  if (identifiers === undefined || condition.kind !== 'item' || condition.list !== identifiers.list) return undefined;
  const { of } = condition;
  if (of.kind !== 'and' || of.of.length !== 2) return undefined;
  const tested = (column: string): Test | undefined =>
    of.of.find((each) => each.kind === 'test' && each.path === `${identifiers.list}.${column}`) as Test | undefined; // a test: just asked
  const type = equalsOf(tested(identifiers.type));
  const values = equalsOf(tested(identifiers.value));
  const [only] = type ?? [];
  if (only === undefined || type?.length !== 1 || values === undefined) return undefined;
  return values.map((value) => ({ type: String(only), value: String(value) }));
};

const equalsOf = (test: Test | undefined): readonly NonNullValue[] | undefined =>
  test?.operator === 'eq' || test?.operator === 'in' ? test.values : undefined;
