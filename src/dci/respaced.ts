/** From the compact canonical text to the spaced one: they differ in what stands between strings, so nothing is read or escaped anew. */

/**
 * @param compact as `canonicalText` or `canonicalValue` writes it
 * @returns what they write for the same value in the style `spaced`
 */
export const respaced = (compact: string): string => {
  const pieces = compact.split('"');
  for (let at = 0; at < pieces.length; at += 1) {
    pieces[at] = spaced(pieces[at] as string); // at is below the length
    do at += 1;
    while (at < pieces.length && endsEscaped(pieces[at] as string)); // the quote after it belongs to the string
  }
  return pieces.join('"');
};

/** Whether the quote that follows is one of the string's. */
const endsEscaped = (piece: string): boolean => {
  let from = piece.length;
  while (from > 0 && piece[from - 1] === '\\') from -= 1;
  return (piece.length - from) % 2 === 1;
};

const spaced = (between: string): string => {
  if (between === ':') return ': ';
  if (between === ',') return ', ';
  return between.replace(/[,:]/g, '$& ');
};
