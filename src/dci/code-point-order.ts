/** Python's order of texts: by Unicode code point. JavaScript's own is by UTF-16 unit, which differs beyond the BMP. */

const LONG_LIST = 24; // beyond this the engine's sort is faster than inserting

/** Sorts the list itself, and answers it. */
export const sortByCodePoint = (texts: string[]): string[] => {
  if (texts.length > LONG_LIST) return texts.some(hasHighUnits) ? texts.sort(compareCodePoints) : texts.sort();
  for (let index = 1; index < texts.length; index += 1) {
    const text = texts[index] as string;
    let place = index - 1;
    while (place >= 0 && isAfter(texts[place] as string, text)) {
      texts[place + 1] = texts[place] as string;
      place -= 1;
    }
    texts[place + 1] = text;
  }
  return texts;
};

const isAfter = (left: string, right: string): boolean => {
  const a = left.charCodeAt(0);
  const b = right.charCodeAt(0);
  if (a !== b && a < 0xd800 && b < 0xd800) return a > b;
  return compareCodePoints(left, right) > 0;
};

/** Only then can the two orders differ: a surrogate meets a unit from U+E000 up. */
const hasHighUnits = (text: string): boolean => /[\ud800-\uffff]/.test(text);

const compareCodePoints = (left: string, right: string): number => {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    // At the first difference a surrogate stands for a code point above all others.
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
};

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
