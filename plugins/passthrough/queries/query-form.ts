import type { UpstreamJson } from 'dci-gateway/plugin';
import type { Condition, Test } from '../condition.ts';
import type { Attribute, RecordType } from '../config.ts';

/** One way of writing queries. */
export interface QueryWriter {
  /** Of `search_criteria`. */
  readonly queryType: string;
  /** Undefined: the condition cannot be written in this form, or not by what the configuration lets the upstream be asked. */
  write(condition: Condition, type: RecordType, settings: WriterSettings): UpstreamJson | undefined;
}

export interface WriterSettings {
  /** The upstream is known to answer `$not` and `not`. */
  readonly negations: boolean;
}

/** The attribute of a test, where the upstream filters by it with this operator. */
export const allowed = ({ path, operator }: Test, { attributes }: RecordType): Attribute | undefined => {
  const attribute = attributes.get(path);
  return attribute?.operators.has(operator) === true ? attribute : undefined;
};

export const testedValue = ({ operator, values }: Test): UpstreamJson =>
  operator === 'in' || operator === 'nin' ? [...values] : (values[0] ?? null);
