/** What all of several sets hold, and what any of them holds. */

export const inAll = <T>(sets: readonly ReadonlySet<T>[]): ReadonlySet<T> => {
  const [first, ...rest] = sets;
  return new Set([...(first ?? [])].filter((each) => rest.every((set) => set.has(each))));
};

export const inAny = <T>(sets: readonly ReadonlySet<T>[]): ReadonlySet<T> => new Set(sets.flatMap((set) => [...set]));
