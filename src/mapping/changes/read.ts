/** Reads `changes: {every, overlap, timezone, sources}`: what can be refused without seeing the registry. */

import type { ConfiguredEntities } from '../check-definition.ts';
import type { Report } from '../report.ts';
import type { RecordDefinition } from '../spec.ts';
import { createZone } from '../zone.ts';
import { readDuration } from './duration.ts';
import { readSource } from './read-source.ts';
import type { ChangesDefinition } from './spec.ts';

export interface ReadChangesContext {
  readonly records: ReadonlyMap<string, RecordDefinition>;
  /** Undefined where they are not known without the registry. */
  readonly entities: ConfiguredEntities | undefined;
  /** Of the backend. */
  readonly timezone: string | undefined;
  readonly report: Report;
}

const KEYS = ['every', 'overlap', 'timezone', 'sources'];
const EVERY_MS = 10_000;
/** Longer than the longest transaction of most registries (ASYNC.md). */
const OVERLAP_MS = 300_000;
/** Columns are read up to two seconds before the database's clock. */
const LEAST_OVERLAP_MS = 5_000;
const LEAST_EVERY_MS = 1_000;

export const readChanges = (raw: unknown, context: ReadChangesContext): ChangesDefinition | undefined => {
  const { report } = context;
  const path = ['changes'];
  if (raw === undefined) return undefined;
  if (!isRaw(raw)) {
    report.add(path, 'must be a mapping', 'write { every: 10s, overlap: 5m, sources: [...] }');
    return undefined;
  }
  for (const key of Object.keys(raw)) if (!KEYS.includes(key)) report.unknown([...path, key], 'the key', key, KEYS);
  const { sources } = raw;
  if (!Array.isArray(sources) || sources.length === 0)
    report.add([...path, 'sources'], 'must be a list of sources of changes', 'write at least { entity, at, touches }');
  const everyMs = readDuration(raw.every, [...path, 'every'], LEAST_EVERY_MS, report) ?? EVERY_MS;
  const overlapMs = readDuration(raw.overlap, [...path, 'overlap'], LEAST_OVERLAP_MS, report) ?? OVERLAP_MS;
  const read = (Array.isArray(sources) ? sources : []).map((source, at) =>
    readSource(source, [...path, 'sources', at], everyMs, context),
  );
  return {
    path,
    everyMs,
    overlapMs,
    timezone: readZone(raw.timezone, report) ?? context.timezone,
    sources: read.filter((source) => source !== undefined),
  };
};

const readZone = (raw: unknown, report: Report): string | undefined => {
  if (raw === undefined) return undefined;
  try {
    return createZone(typeof raw === 'string' ? raw : '').name;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    report.add(['changes', 'timezone'], 'is not a known time zone', 'write a name such as Africa/Nairobi');
    return undefined;
  }
};

const isRaw = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
