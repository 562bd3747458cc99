/**
 * `expr`: JSONata over a row's columns, bounded in steps, time and size. No `$eval`, no functions of its own, no regular
 * expressions and nothing that answers differently each time: rendering stays pure.
 */

import jsonata from 'jsonata';
import type { Scalar } from '../dci/filter.ts';
import { BackendError, type NativeValue } from '../plugin.ts';

export interface Expression {
  readonly text: string;
  /** The value, undefined when there is none or when it fails on this row's data. Throws `BackendError` beyond the bounds. */
  evaluate(columns: Readonly<Record<string, NativeValue>>): Promise<Scalar | undefined>;
}

const MAX_STEPS = 1_000;
/** On the clock, while the other rows of a page are rendered beside it; steps are what bounds the work. */
const MAX_MS = 10_000;
const MAX_TEXT = 20_000;
const MAX_ITEMS = 2_000;
const MAX_STACK = 1_000; // items of one array count as a stack, they are evaluated side by side
const MAX_SOURCE = 4_000;

const FORBIDDEN_TYPES: Readonly<Record<string, string>> = {
  lambda: 'a function of its own',
  partial: 'a function of its own',
  transform: 'a transformation',
  regex: 'a regular expression',
};
const FORBIDDEN_FUNCTIONS: ReadonlySet<string> = new Set([
  'eval',
  'random',
  'now',
  'millis',
  'pad',
  'clone',
  'error',
  'assert',
]);

/** Answers the compiled expression, or what is wrong with the text. */
export const parseExpression = (text: string): Expression | string => {
  if (text.length > MAX_SOURCE) return `is longer than ${MAX_SOURCE} characters`;
  let compiled: jsonata.Expression;
  try {
    compiled = jsonata(text, { stack: MAX_STACK, timeout: MAX_MS, sequence: MAX_ITEMS });
  } catch (cause) {
    return `is not JSONata: ${cause instanceof Error || isJsonataError(cause) ? cause.message : 'it cannot be parsed'}`;
  }
  const forbidden = findForbidden(compiled.ast());
  if (forbidden !== undefined) return `uses ${forbidden}`;
  bindGuards(compiled, text);
  return { text, evaluate: (columns) => evaluateWithin(compiled, text, columns) };
};

const isJsonataError = (cause: unknown): cause is { readonly code: string; readonly message: string } =>
  typeof cause === 'object' && cause !== null && 'code' in cause && 'message' in cause;

const findForbidden = (node: unknown): string | undefined => {
  if (typeof node !== 'object' || node === null) return undefined;
  if (node instanceof RegExp) return 'a regular expression';
  const { type, value } = node as { type?: unknown; value?: unknown };
  if (typeof type === 'string' && Object.hasOwn(FORBIDDEN_TYPES, type)) return FORBIDDEN_TYPES[type];
  if (type === 'variable' && FORBIDDEN_FUNCTIONS.has(String(value))) return `$${String(value)}`;
  if (type === 'binary' && value === '..') return 'a range';
  for (const inner of Object.values(node)) {
    const found = findForbidden(inner);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** JSONata calls what is bound to these two around every node that it evaluates. */
const ENTRY = Symbol.for('jsonata.__evaluate_entry');
const EXIT = Symbol.for('jsonata.__evaluate_exit');

interface Environment {
  /** One object an evaluation. */
  readonly base: object;
}

const bindGuards = (expression: jsonata.Expression, text: string): void => {
  const running = new WeakMap<object, { steps: number; readonly until: number }>();
  const assign = expression.assign as unknown as (name: symbol, value: unknown) => void; // its types know text names alone
  assign(ENTRY, (_expression: unknown, _input: unknown, { base }: Environment) => {
    const state = running.get(base) ?? { steps: 0, until: performance.now() + MAX_MS };
    running.set(base, state);
    state.steps += 1;
    if (state.steps > MAX_STEPS || performance.now() > state.until) throw tooMuch(text);
  });
  assign(EXIT, (_expression: unknown, _input: unknown, _environment: unknown, result: unknown) => {
    if (isOversized(result)) throw tooMuch(text);
  });
};

/** JSONata's own guards: stack, time, length of a sequence. */
const BEYOND_BOUNDS: ReadonlySet<string> = new Set(['D1011', 'D1012', 'D2014', 'D2015']);

const evaluateWithin = async (
  expression: jsonata.Expression,
  text: string,
  columns: Readonly<Record<string, NativeValue>>,
): Promise<Scalar | undefined> => {
  try {
    return scalarOf(await expression.evaluate(columns));
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    if (!isJsonataError(cause))
      throw new BackendError('refused', `the expression ${text.slice(0, 60)} fails`, { cause });
    if (BEYOND_BOUNDS.has(cause.code)) throw tooMuch(text);
    return undefined; // any other error of JSONata: the data does not fit the expression, so there is no value
  }
};

const tooMuch = (text: string): BackendError =>
  new BackendError('timeout', `the expression ${text.slice(0, 60)} does not end within its bounds`);

const isOversized = (value: unknown): boolean =>
  (typeof value === 'string' && value.length > MAX_TEXT) || (Array.isArray(value) && value.length > MAX_ITEMS);

const scalarOf = (value: unknown): Scalar | undefined =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
    ? value
    : undefined;
