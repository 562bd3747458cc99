import type { Random } from './random.ts';

/** The sample's present: fixed, so that ages do not depend on the day it is made. */
export const THIS_YEAR = 2026;

const two = (number: number): string => String(number).padStart(2, '0');

/** A day of this year; the 29th and later are left to the calendar. */
export const dayIn = (random: Random, year: number): string =>
  `${year}-${two(random.between(1, 12))}-${two(random.between(1, 28))}`;

export const timeOf = (random: Random, day: string): string =>
  `${day} ${two(random.between(7, 17))}:${two(random.between(0, 59))}:${two(random.between(0, 59))}`;
