/** A template over columns: joined when rendered; asked for by one equality a part. */

import type { Scalar } from '../dci/filter.ts';
import { ItemRejection } from '../errors.ts';
import type { Column, NativeFilter, NonNullValue } from '../plugin.ts';
import { type ColumnUse, EQUALITY, type ValueOperator } from './column-value.ts';
import { integerValue } from './columns.ts';
import type { Cells } from './leaf.ts';
import { and, compare, isIn, NONE, or } from './native-filter.ts';
import { type TemplatePart, takeApart } from './template.ts';

type ColumnPart = Extract<TemplatePart, { kind: 'column' }>;

interface BoundPart {
  readonly part: ColumnPart;
  readonly use: ColumnUse;
  /** Rows on which this part can be written. */
  readonly present: NativeFilter;
}

/** `uses` in the order of the template's columns. */
export const bindTemplate = (parts: readonly TemplatePart[], uses: readonly ColumnUse[]) => {
  const columns = parts.filter((part) => part.kind === 'column');
  const bound = uses.flatMap((use, at) => {
    const part = columns[at];
    return part === undefined ? [] : [{ part, use, present: and(use.presence.filter, fits(part, use.column)) }];
  });
  return {
    render: (cells: Cells): string | undefined => join(parts, bound, cells),
    present: and(...bound.map(({ present }) => present)),
    operators: EQUALITY,
    compare(_operator: ValueOperator, value: Scalar): NativeFilter {
      const readings = takeApart(parts, String(value));
      if (readings === undefined)
        throw new ItemRejection('rjct.search_criteria.invalid', 'The value can be read in too many ways.');
      return or(...readings.map((texts) => and(...texts.map((text, at) => equality(bound[at], text)))));
    },
  };
};

const join = (parts: readonly TemplatePart[], bound: readonly BoundPart[], cells: Cells): string | undefined => {
  let text = '';
  let at = 0;
  for (const part of parts) {
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    const written = write(bound[at], cells);
    if (written === undefined) return undefined;
    text += written;
    at += 1;
  }
  return text;
};

/** A part's text; undefined when the cell is empty or does not fit the width. */
const write = (bound: BoundPart | undefined, cells: Cells): string | undefined => {
  if (bound === undefined) return undefined;
  const { part, use } = bound;
  const cell = cells[use.column.name];
  if (!use.presence.holds(cell)) return undefined;
  const plain = String(cell);
  if (part.width === undefined) return plain;
  if (use.column.type === 'integer' && plain.startsWith('-')) return undefined;
  const text = part.zeros ? '0'.repeat(Math.max(0, part.width - length(plain))) + plain : plain;
  return length(text) === part.width ? text : undefined;
};

const length = (text: string): number => Array.from(text).length;

/** What a fixed width asks of the column: a number within it, or a text as long. */
const fits = (part: ColumnPart, column: Column): NativeFilter => {
  if (part.width === undefined) return { kind: 'all' };
  if (column.type === 'integer') {
    const least = part.zeros || part.width === 1 ? '0' : `1${'0'.repeat(part.width - 1)}`;
    return and(
      compare(column.name, 'ge', numberOf(least)),
      compare(column.name, 'le', numberOf('9'.repeat(part.width))),
    );
  }
  const lengths = part.zeros ? Array.from({ length: part.width + 1 }, (_, at) => at) : [part.width];
  return or(...lengths.map((characters): NativeFilter => ({ kind: 'length', column: column.name, characters })));
};

const numberOf = (text: string): NonNullValue => integerValue(text) ?? text;

const equality = (bound: BoundPart | undefined, text: string): NativeFilter => {
  if (bound === undefined) return NONE;
  const { part, use } = bound;
  const natives = nativesOf(part, use.column, text).filter((native) => use.presence.holds(native));
  return isIn(use.column.name, natives);
};

/** Every cell that is written as this text. */
const nativesOf = (part: ColumnPart, column: Column, text: string): readonly NonNullValue[] => {
  if (column.type === 'integer') {
    const digits = part.width === undefined || /^[0-9]+$/.test(text) ? text : '';
    const native = integerValue(part.zeros ? digits.replace(/^0+(?=.)/, '') : digits);
    return native === undefined ? [] : [native];
  }
  if (!part.zeros) return [text];
  const zeros = /^0*/.exec(text)?.[0].length ?? 0;
  return Array.from({ length: zeros + 1 }, (_, cut) => text.slice(cut));
};
