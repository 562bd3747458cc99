/**
 * `age` and `YOB`: attributes that no registry keeps, asked of the birth date (PROTOCOL 6). They become comparisons of
 * the birth date before rights are checked, so a hidden birth date cannot be found out by age.
 */

import type { Attribute, RecordModel } from '../dci/attribute.ts';
import type { JsonNode } from '../dci/json-node.ts';
import { JsonNumber } from '../dci/json-node.ts';
import type { Interval } from './interval.ts';
import { findAttribute } from './names.ts';
import { dateText, dayBounds, daysIn } from './times.ts';

const AGE = /^age$/i;
const YEAR_OF_BIRTH = /^(yob|year_?of_?birth|birth_?year)$/i;
const OLDEST = 1_000; // years; keeps every year computed from it in the calendar

export interface Derived {
  /** The birth date beside which the derived name stands. */
  readonly source: Attribute;
  /** The span of birth dates for one value; undefined for a value that is no age or year. */
  interval(value: JsonNode): Interval | undefined;
}

/** `age`, `demographic_info.age`, `YOB` → their birth date; undefined for other names and where there is no birth date. */
export const findDerived = (name: string, model: RecordModel, today: string): Derived | undefined => {
  const dot = name.lastIndexOf('.');
  const last = name.slice(dot + 1);
  const age = AGE.test(last);
  if (!age && !YEAR_OF_BIRTH.test(last)) return undefined;
  const source = findAttribute(`${name.slice(0, dot + 1)}birth_date`, model);
  if (source === undefined || (source.type !== 'date' && source.type !== 'datetime')) return undefined;
  return {
    source,
    interval: (value) => {
      const number = wholeNumber(value);
      if (number === undefined) return undefined;
      const span = age ? bornAtAge(number, today) : bornIn(number);
      return span && inTypeOf(source, span);
    },
  };
};

/** A name for a whole date of birth in a selection: `age` shows it where it may be seen. */
export const sourceOfDerived = (path: string): string | undefined =>
  AGE.test(path.slice(path.lastIndexOf('.') + 1)) ? `${path.slice(0, path.lastIndexOf('.') + 1)}birth_date` : undefined;

/**
 * Births of people who have completed exactly `age` years on `today`. Someone born on 29 February completes a year on
 * 1 March of other years: on 28 February the day has not come.
 */
const bornAtAge = (age: number, today: string): Interval | undefined => {
  if (age < 0 || age > OLDEST) return undefined;
  return { from: dayAfter(lastBirth(age + 1, today)), to: lastBirth(age, today), open: false, descending: true };
};

/** The latest birth date of somebody who has completed `age` years today. */
const lastBirth = (age: number, today: string): string => {
  const [year = 0, month = 0, day = 0] = today.split('-').map(Number);
  return dateText(year - age, month, Math.min(day, daysIn(year - age, month)));
};

const dayAfter = (date: string): string => dayBounds(date).to.slice(0, 10);

const bornIn = (year: number): Interval | undefined =>
  year < 1 || year > 9998
    ? undefined
    : { from: dateText(year, 1, 1), to: dateText(year, 12, 31), open: false, descending: false };

const inTypeOf = (source: Attribute, span: Interval): Interval =>
  source.type === 'date' ? span : { ...span, from: dayBounds(span.from).from, to: dayBounds(span.to).to, open: true };

const wholeNumber = (value: JsonNode): number | undefined => {
  const text = value instanceof JsonNumber ? value.text : value;
  return typeof text === 'string' && /^\s*\+?\d{1,4}(\.0*)?\s*$/.test(text) ? Number(text) : undefined;
};
