/** Looking into what an upstream answered. */

import type { UpstreamJson, UpstreamObject } from '../plugin.ts';

export const isObject = (value: UpstreamJson | undefined): value is UpstreamObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One value stands for a list of one. */
export const listOf = (value: UpstreamJson | undefined): readonly UpstreamJson[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
};
