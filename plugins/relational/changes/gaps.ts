/**
 * Numbers of a log that were passed over: a transaction may have drawn them and not be over. They are asked for again
 * until longer has passed than any transaction lasts. Ranges, so that a cursor stays small; when there are too many, neighbours
 * are joined, and rows between them are answered twice.
 */

/** [first, last, when it was first passed over (seconds)] */
export type Gap = readonly [first: string, last: string, since: number];

const MAX_GAPS = 200;

/** Without the numbers that were found meanwhile. Both in rising order. */
export const withoutFound = (gaps: readonly Gap[], found: readonly bigint[]): readonly Gap[] => {
  const left: Gap[] = [];
  let at = 0;
  for (const [firstText, lastText, since] of gaps) {
    let first = BigInt(firstText);
    const last = BigInt(lastText);
    while (at < found.length && (found[at] ?? 0n) < first) at += 1;
    for (; at < found.length && (found[at] ?? 0n) <= last; at += 1) {
      const number = found[at] ?? 0n;
      if (number > first) left.push([String(first), String(number - 1n), since]);
      first = number + 1n;
    }
    if (first <= last) left.push([String(first), lastText, since]);
  }
  return left;
};

/** What lies between `high` and these numbers, which rise from there. */
export const gapsBetween = (high: bigint, numbers: readonly bigint[], since: number): readonly Gap[] => {
  const gaps: Gap[] = [];
  let last = high;
  for (const number of numbers) {
    if (number > last + 1n) gaps.push([String(last + 1n), String(number - 1n), since]);
    last = number;
  }
  return gaps;
};

/** Joined to at most so many as fit a cursor, those first that lie closest together. */
export const bounded = (gaps: readonly Gap[]): { readonly gaps: readonly Gap[]; readonly joined: boolean } => {
  if (gaps.length <= MAX_GAPS) return { gaps, joined: false };
  const distances = gaps.slice(1).map(([first], n) => ({ n, far: BigInt(first) - BigInt(gaps[n]?.[1] ?? 0) }));
  distances.sort((left, right) => (left.far < right.far ? -1 : left.far > right.far ? 1 : left.n - right.n));
  const join = new Set(distances.slice(0, gaps.length - MAX_GAPS).map(({ n }) => n + 1));
  const kept: Gap[] = [];
  gaps.forEach((gap, n) => {
    const before = kept[kept.length - 1];
    if (before !== undefined && join.has(n)) kept[kept.length - 1] = [before[0], gap[1], Math.max(before[2], gap[2])];
    else kept.push(gap);
  });
  return { gaps: kept, joined: true };
};
