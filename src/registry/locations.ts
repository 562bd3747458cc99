/** The areas a registry knows, in the shape of locations.json: one list that carries both forms in use (PROTOCOL 9). */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { formatTimestamp } from '../dci/timestamps.ts';
import type { Log } from '../log.ts';
import type { LocationEntry } from '../mapping/mapping.ts';
import { callContext } from './call-context.ts';
import type { Registry } from './registry.ts';

/** How long an answer is kept. Areas change rarely. */
export const LOCATIONS_MAX_AGE_SECONDS = 300;
const READ_DEADLINE_MS = 30_000;

const CONTEXT = {
  '@context': 'http://spdci.org/',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  schema: 'http://schema.org/',
};

/** Reads the locations of these registries as JSON text, at most once in five minutes. Undefined when none of them has any. */
export const createLocations = (
  registries: readonly Registry[],
  clock: Clock,
  log: Log,
): (() => Promise<string | undefined>) => {
  let kept: { readonly until: number; readonly text: Promise<string | undefined> } | undefined;
  return () => {
    if (kept !== undefined && clock() < kept.until) return kept.text;
    const text = readAll(registries, clock, log);
    const mine = { until: clock() + LOCATIONS_MAX_AGE_SECONDS * 1000, text };
    kept = mine;
    text.catch(() => {
      if (kept === mine) kept = undefined; // a failure is not kept
    });
    return text;
  };
};

const readAll = async (registries: readonly Registry[], clock: Clock, log: Log): Promise<string | undefined> => {
  const lists = await Promise.all(registries.map((registry) => readOne(registry, log)));
  const known = lists.filter((list) => list !== undefined).flat();
  if (lists.every((list) => list === undefined)) return undefined;
  return JSON.stringify({
    '@context': CONTEXT,
    '@type': 'LocationHierarchy',
    last_updated: formatTimestamp(clock()),
    locations: known.map(place),
  });
};

const readOne = async (registry: Registry, log: Log): Promise<readonly LocationEntry[] | undefined> => {
  const { locations } = await registry.mapping();
  const signal = AbortSignal.timeout(READ_DEADLINE_MS);
  const { upstream } = registry.plugin;
  if (upstream?.locations !== undefined) return upstream.locations({ signal });
  if (locations === undefined) return undefined;
  const { rows } = await registry.plugin.search(
    locations.query,
    callContext(signal, READ_DEADLINE_MS, randomUUID(), log),
  );
  return rows.map((row) => locations.render(row));
};

/** A root's parent is null, as the specification has it. */
const place = ({ id, name, type, parent }: LocationEntry): object => ({
  '@type': 'Place',
  id,
  name,
  ...(type === undefined ? {} : { type, additional_type: type }),
  parent_id: parent ?? null,
  identifier: [{ '@type': 'PropertyValue', name: 'location', identifier: id }],
  contained_in_place: parent ?? null,
  containedInPlace: parent ?? null,
});
