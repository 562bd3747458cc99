/**
 * Paths of rights end where a nested record begins: what is seen of a member's person is said under Person. A path that
 * goes on (`demographic_info.name` under Member) looks narrower than it is, for the whole nested record would follow it.
 */

import type { RecordModel } from '../dci/attribute.ts';
import type { Allowed } from '../security/rights.ts';

/** The paths among `allowed` that lead into a nested record, each with that record's type. */
export const crossingPaths = (
  allowed: Allowed,
  model: RecordModel,
): readonly { readonly path: string; readonly record: string }[] => {
  if (allowed === 'all') return [];
  const edges = edgesOf(model);
  return allowed.flatMap((path) => {
    const edge = edges.find(([at]) => path.startsWith(`${at}.`));
    return edge === undefined ? [] : [{ path, record: edge[1] }];
  });
};

/** What is left of `allowed` without them. */
export const withoutCrossing = (allowed: Allowed, model: RecordModel): Allowed => {
  const crossing = new Set(crossingPaths(allowed, model).map(({ path }) => path));
  return allowed === 'all' ? allowed : allowed.filter((path) => !crossing.has(path));
};

/** Where records lie in this one, and of which type. */
const edgesOf = (model: RecordModel): readonly (readonly [string, string])[] => {
  const edges = new Map<string, string>();
  for (const { chains } of model.attributes.values()) {
    for (const [step, next] of chains) {
      if (step !== undefined && next !== undefined) edges.set(step.path, next.record);
    }
  }
  return [...edges];
};
