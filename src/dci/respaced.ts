/** From the compact canonical text to the spaced one: they differ in what stands between strings, so nothing is read or escaped anew. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * @param compact as `canonicalText` or `canonicalValue` writes it
 * @returns what they write for the same value in the style `spaced`
 */
export const respaced = (compact: string): string => {
  let spaced = '';
  let written = 0;
  for (let at = 0; at < compact.length; at += 1) {
    const unit = compact.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(compact, at);
    else if (unit === COMMA || unit === COLON) {
      spaced += `${compact.slice(written, at + 1)} `;
      written = at + 1;
    }
  }
  return spaced + compact.slice(written);
};

/** Where the string's closing quote stands: the first that an even number of backslashes precedes. */
const endOfString = (text: string, opening: number): number => {
  for (let quote = text.indexOf('"', opening + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let from = quote;
    while (text.charCodeAt(from - 1) === BACKSLASH) from -= 1;
    if ((quote - from) % 2 === 0) return quote;
  }
  return text.length;
};
