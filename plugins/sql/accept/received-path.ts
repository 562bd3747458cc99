/** Paths into received data: `member.member_identifier[identifier_type=UIN].identifier_value`. */

import type { IncomingValue } from 'dci-gateway/plugin';

interface Step {
  readonly name: string;
  /** Of a list: the one item whose member has this text. */
  readonly where?: { readonly name: string; readonly value: string };
}

export type ReceivedPath = readonly Step[];

const STEP = /^([^.[\]=]+)(?:\[([^.[\]=]+)=([^[\]]+)\])?$/;
/** Dots that do not stand in brackets. */
const DOT = /\.(?![^[]*\])/;

/** Undefined: it is none. */
export const parsePath = (text: string): ReceivedPath | undefined => {
  const steps: Step[] = [];
  for (const part of text.split(DOT)) {
    const [, name, member, value] = STEP.exec(part) ?? [];
    if (name === undefined) return undefined;
    steps.push({ name, ...(member !== undefined && value !== undefined && { where: { name: member, value } }) });
  }
  return steps;
};

/** Several values where one is wanted: nothing is chosen. */
export const SEVERAL = Symbol('several');

/**
 * What lies at the path: undefined when nothing does, or an empty text or null. A list is entered where it has one item, or
 * where one satisfies the condition.
 */
export const valueAt = (data: IncomingValue, path: ReceivedPath): IncomingValue | undefined | typeof SEVERAL => {
  let value: IncomingValue | undefined = data;
  for (const { name, where } of path) {
    const entered = onlyOf(value);
    if (entered === SEVERAL) return SEVERAL;
    const member: IncomingValue | undefined = memberOf(entered, name);
    if (where === undefined) value = member;
    else {
      const items = member === undefined ? [] : Array.isArray(member) ? member : [member];
      const fitting = items.filter((item) => textOf(memberOf(item, where.name)) === where.value);
      if (fitting.length > 1) return SEVERAL;
      value = fitting[0];
    }
  }
  const found = onlyOf(value);
  return found === '' || found === null ? undefined : found;
};

const onlyOf = (value: IncomingValue | undefined): IncomingValue | undefined | typeof SEVERAL => {
  if (!Array.isArray(value)) return value;
  return value.length > 1 ? SEVERAL : value[0];
};

const memberOf = (value: IncomingValue | undefined, name: string): IncomingValue | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, IncomingValue>>)[name]
    : undefined;

const textOf = (value: IncomingValue | undefined): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
