/** `{prov:2}-{hh:06}`: parts joined on the way out, and taken apart into one value a part on the way in. */

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'column';
      readonly column: string;
      /** Exactly so many characters; undefined: of open width. */
      readonly width: number | undefined;
      /** Filled with zeros in front up to the width. */
      readonly zeros: boolean;
    };

const PART = /\{([^{}:]+)(?::(0?)([0-9]{1,2}))?\}|([^{}]+)|([{}])/gy;

/** Answers the parts, or what is wrong with the text. */
export const parseTemplate = (text: string): readonly TemplatePart[] | string => {
  const parts: TemplatePart[] = [];
  for (const [, column, zero, width, literal, stray] of text.matchAll(PART)) {
    if (stray !== undefined) return 'has a brace that is not part of {column} or {column:width}';
    if (literal !== undefined) parts.push({ kind: 'text', text: literal });
    if (column === undefined) continue;
    if (width !== undefined && Number(width) === 0) return `gives ${column} a width of 0`;
    parts.push({ kind: 'column', column, width: width === undefined ? undefined : Number(width), zeros: zero === '0' });
  }
  if (!parts.some((part) => part.kind === 'column')) return 'names no column';
  const open = parts.findIndex((part, at) => isOpen(part) && isOpen(parts[at + 1]));
  return open >= 0 ? 'has neighbouring parts of open width' : parts;
};

const isOpen = (part: TemplatePart | undefined): boolean => part?.kind === 'column' && part.width === undefined;

/** More ways than this to take a value apart are refused. */
const MAX_READINGS = 32;
/** So many characters are looked at to find them: a value of separators alone has no end of beginnings. */
const MAX_LOOKS = 20_000;

/**
 * Every way in which this text can have come out of the template: one text a column part, in order.
 * Undefined when there are too many.
 */
export const takeApart = (parts: readonly TemplatePart[], text: string): readonly (readonly string[])[] | undefined => {
  const characters = Array.from(text);
  const readings: string[][] = [];
  let looks = 0;
  const read = (at: number, from: number, values: readonly string[]): boolean => {
    const part = parts[at];
    looks += part?.kind === 'column' && part.width === undefined ? characters.length - from : 1;
    if (looks > MAX_LOOKS) return false;
    if (part === undefined) {
      if (from === characters.length) readings.push([...values]);
      return readings.length <= MAX_READINGS;
    }
    if (part.kind === 'text') {
      const end = from + Array.from(part.text).length;
      return characters.slice(from, end).join('') === part.text ? read(at + 1, end, values) : true;
    }
    const ends = part.width === undefined ? openEnds(parts, at, from, characters) : [from + part.width];
    return ends.every(
      (end) => end > characters.length || read(at + 1, end, [...values, characters.slice(from, end).join('')]),
    );
  };
  return read(0, 0, []) ? readings : undefined;
};

/** Where a part of open width may end: at the end of the text when it is the last, else before each literal that follows. */
const openEnds = (
  parts: readonly TemplatePart[],
  at: number,
  from: number,
  characters: readonly string[],
): number[] => {
  const next = parts[at + 1];
  if (next === undefined) return [characters.length];
  const literal = next.kind === 'text' ? Array.from(next.text) : [];
  const ends: number[] = [];
  for (let end = from; end + literal.length <= characters.length; end += 1) {
    if (literal.every((character, place) => characters[end + place] === character)) ends.push(end);
  }
  return ends;
};
