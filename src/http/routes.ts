/** The route table: what every mount of every registry serves, and what stands beside them (PROTOCOL 1). */

import type { Registry } from '../registry/registry.ts';
import type { Route } from './exchange.ts';

export interface RoutesInput {
  readonly registries: readonly Registry[];
  /** By path below a mount: `/sync/search`. */
  readonly operations: (registry: Registry) => Readonly<Record<string, Route>>;
  readonly token: Route;
  readonly jwks: Route;
  /** The locations of these registries. */
  readonly locations: (registries: readonly Registry[]) => Route;
  /** At the root only. */
  readonly others: Readonly<Record<string, Route>>;
}

/** By path. The token and well-known paths lie at the root and under the parent of every mount too. */
export const routeTable = (input: RoutesInput): ReadonlyMap<string, Route> => {
  const { registries, operations, token, jwks, locations, others } = input;
  const table = new Map<string, Route>(Object.entries(others));
  for (const registry of registries) {
    for (const [path, route] of Object.entries(operations(registry))) {
      for (const mount of registry.config.mounts) table.set(`${trimmed(mount)}${path}`, route);
    }
  }
  for (const [base, below] of registriesByBase(registries)) {
    table.set(`${base}/oauth2/client/token`, token);
    table.set(`${base}/.well-known/jwks.json`, jwks);
    table.set(`${base}/.well-known/locations.json`, locations(below));
  }
  return table;
};

/** The root has all registries; the parent of a mount has those mounted there. */
const registriesByBase = (registries: readonly Registry[]): ReadonlyMap<string, readonly Registry[]> => {
  const bases = new Map<string, readonly Registry[]>([['', registries]]);
  for (const registry of registries) {
    for (const mount of registry.config.mounts) {
      const base = parentOf(trimmed(mount));
      const known = bases.get(base) ?? [];
      if (!known.includes(registry)) bases.set(base, [...known, registry]);
    }
  }
  return bases;
};

const trimmed = (mount: string): string => mount.replace(/\/+$/, '');

const parentOf = (mount: string): string => mount.slice(0, Math.max(0, mount.lastIndexOf('/')));
