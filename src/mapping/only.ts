/** Lists of paths that say what a record shows. */

/** `identifier.identifier_value` lies within `identifier`. */
export const isWithin = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}.`);

type Only = readonly string[] | undefined;

/** What both lists show: a nested record is narrowed by its own `only` and by those of the records around it. */
export const inBoth = (one: Only, other: Only): Only => {
  if (one === undefined || other === undefined) return one ?? other;
  const narrower = one.flatMap((path) =>
    other.flatMap((each) => (isWithin(path, each) ? [path] : isWithin(each, path) ? [each] : [])),
  );
  return [...new Set(narrower)];
};
