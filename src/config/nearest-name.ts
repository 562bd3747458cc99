/** "Did you mean": the known name that is nearest to what was written, if one is near. */
export const nearestName = (written: string, known: Iterable<string>): string | undefined => {
  const bound = written.length < 4 ? 1 : Math.max(2, Math.floor(written.length / 3)); // two: a pair that changed places
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const far = distance(written.toLowerCase().replaceAll('-', '_'), name.toLowerCase(), bound);
    if (far <= bound && (best === undefined || far < best.distance)) best = { name, distance: far };
  }
  return best?.name;
};

/** Levenshtein distance; beyond `bound` any number above it. Names are short. */
const distance = (left: string, right: string, bound: number): number => {
  if (Math.abs(left.length - right.length) > bound) return bound + 1;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const swap = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? bound + 1;
};
