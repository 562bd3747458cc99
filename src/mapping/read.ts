/** Reads a registry's `records`, `locations` and `changes`: everything that can be refused without seeing the registry. */

import type { LocatedYaml } from '../config/source.ts';
import { fieldOf, type RecordTable, recordTables } from '../dci/fields.ts';
import type { Entity } from '../plugin.ts';
import { bindMapping } from './bind.ts';
import { readChanges } from './changes/read.ts';
import { type ConfiguredEntities, checkDefinition, readConfiguredEntities } from './check-definition.ts';
import { DCI_RECORDS, dciRecords } from './dci-records.ts';
import type { UnboundMapping } from './mapping.ts';
import { namedPaths } from './named-paths.ts';
import { readFields, readItems, readNode } from './read-node.ts';
import { createReport, type Report, type YamlPath } from './report.ts';
import type { AttributeSpec, LocationsDefinition, RecordDefinition } from './spec.ts';
import { remarkUncoded } from './uncoded.ts';
import { createZone } from './zone.ts';

export interface ReadOptions {
  readonly domain: string;
  /** Zone of date and time columns that have none. Default UTC. */
  readonly timezone?: string | undefined;
  /** The `entities` of the backend's section as they stand, where the plugin has them: names are checked then. */
  readonly entities?: unknown;
}

type Raw = Readonly<Record<string, unknown>>;

/** Throws `ConfigError` with all mistakes. */
export const readMapping = (source: LocatedYaml, options: ReadOptions): UnboundMapping => {
  const report = createReport(source);
  const raw = isRaw(source.value) ? source.value : {};
  const asTheyAre = raw.records === DCI_RECORDS;
  // Made of the same tables as the backend's entities, whose section only says which there are.
  const entities = asTheyAre ? undefined : readConfiguredEntities(options.entities);
  const types = isRaw(options.entities) ? Object.keys(options.entities) : undefined;
  for (const key of Object.keys(raw)) {
    if (!['records', 'locations', 'changes'].includes(key))
      report.unknown([key], 'the key', key, ['records', 'locations', 'changes']);
  }
  const written = asTheyAre ? dciRecords(options.domain, types) : raw.records;
  const records = readRecords(written, options.domain, report);
  const locations = raw.locations === undefined ? undefined : readLocations(raw.locations, report);
  const timezone = readZone(options.timezone, report);
  const changes = readChanges(raw.changes, { records, entities, timezone: options.timezone, report });
  const definition = { records, locations, timezone, changes };
  checkDefinition(definition, entities, report);
  report.settle();
  const remarks = createReport(source);
  if (!asTheyAre) remarkUncoded(definition, remarks.add);
  return {
    remarks: remarks.problems,
    recordTypes: new Set(records.keys()),
    paths: namedPaths(definition),
    bind: (found: readonly Entity[]) => bindMapping(definition, found, createReport(source)),
  };
};

const readRecords = (raw: unknown, domain: string, report: Report): ReadonlyMap<string, RecordDefinition> => {
  const records = new Map<string, RecordDefinition>();
  const tables = recordTables(domain);
  if (!isRaw(raw) || Object.keys(raw).length === 0) {
    report.add(['records'], 'must map at least one record', `map one of ${Object.keys(tables).join(', ')}`);
    return records;
  }
  for (const [type, value] of Object.entries(raw)) {
    const table = Object.hasOwn(tables, type) ? tables[type] : undefined;
    const path = ['records', type];
    if (table === undefined) report.unknown(path, 'the record', type, Object.keys(tables));
    else if (!isRaw(value)) report.add(path, 'must be a mapping with entity and fields');
    else records.set(type, readRecord(type, value, table, path, report));
  }
  return records;
};

const RECORD_KEYS = ['entity', 'fields', 'attributes', 'context', 'type'];

const readRecord = (type: string, raw: Raw, table: RecordTable, path: YamlPath, report: Report): RecordDefinition => {
  for (const key of Object.keys(raw))
    if (!RECORD_KEYS.includes(key)) report.unknown([...path, key], 'the key', key, RECORD_KEYS);
  const { entity, fields, context, type: typeName } = raw;
  if (typeof entity !== 'string') report.add([...path, 'entity'], 'must name an entity of the backend');
  if (!isRaw(fields)) report.add([...path, 'fields'], 'must map DCI fields to columns');
  if (context !== undefined && typeof context !== 'string' && !isRaw(context))
    report.add([...path, 'context'], 'must be an address or a JSON-LD context');
  if (typeName !== undefined && typeof typeName !== 'string') report.add([...path, 'type'], 'must be a text');
  return {
    type,
    path,
    entity: String(entity),
    context: context ?? table.context,
    typeName: typeof typeName === 'string' ? typeName : table.type,
    identifiers: table.identifiers,
    fields: isRaw(fields) ? readFields(fields, table.fields, [...path, 'fields'], report) : new Map(),
    attributes: readAttributes(raw.attributes, table, [...path, 'attributes'], report),
  };
};

const readAttributes = (
  raw: unknown,
  table: RecordTable,
  path: YamlPath,
  report: Report,
): ReadonlyMap<string, AttributeSpec> => {
  const attributes = new Map<string, AttributeSpec>();
  if (raw === undefined) return attributes;
  if (!isRaw(raw)) {
    report.add(path, 'must be names with what they stand for');
    return attributes;
  }
  for (const [name, value] of Object.entries(raw)) {
    const here = [...path, name];
    if (fieldOf(table.fields, name) !== undefined)
      report.add(here, `has the name of the DCI field ${name}`, 'choose another name');
    else if (typeof value === 'string') attributes.set(name, { kind: 'alias', path: here, target: value });
    else if (isRaw(value) && value.within !== undefined) {
      const { within, ...rest } = value;
      if (typeof within === 'string' && Object.keys(rest).length === 0)
        attributes.set(name, { kind: 'within', path: here, target: within });
      else report.add(here, 'must be { within: path } and nothing else');
    } else if (isRaw(value) && value.any !== undefined) {
      const paths = value.any;
      if (
        Object.keys(value).length === 1 &&
        Array.isArray(paths) &&
        paths.length > 0 &&
        paths.every((each) => typeof each === 'string')
      ) {
        attributes.set(name, { kind: 'paths', path: here, paths });
      } else report.add(here, 'must be { any: [path, …] } and nothing else');
    } else if (isRaw(value) && value.fields !== undefined) {
      attributes.set(name, { kind: 'node', path: here, node: readItems(value, here, report) });
    } else {
      const list = isRaw(value) && value.each !== undefined;
      const node = readNode(value, { kind: 'any' }, here, list, report);
      if (node !== undefined)
        attributes.set(name, {
          kind: 'node',
          path: here,
          node: list ? { kind: 'list', path: here, items: [node] } : node,
        });
    }
  }
  return attributes;
};

const readLocations = (raw: unknown, report: Report): LocationsDefinition | undefined => {
  const path = ['locations'];
  if (!isRaw(raw)) {
    report.add(path, 'must be a mapping', 'write { entity, id, name, type, parent }');
    return undefined;
  }
  const known = ['entity', 'id', 'name', 'type', 'parent'];
  for (const [key, value] of Object.entries(raw)) {
    if (!known.includes(key)) report.unknown([...path, key], 'the key', key, known);
    else if (typeof value !== 'string')
      report.add([...path, key], key === 'entity' ? 'must name an entity' : 'must name a column');
  }
  for (const key of ['entity', 'id', 'name'])
    if (raw[key] === undefined) report.add(path, `lacks ${key}`, `add ${key}`);
  const { type, parent } = raw;
  return {
    path,
    entity: String(raw.entity),
    columns: {
      ...{ id: String(raw.id), name: String(raw.name) },
      ...(typeof type === 'string' && { type }),
      ...(typeof parent === 'string' && { parent }),
    },
  };
};

const readZone = (name: string | undefined, report: Report): string => {
  if (name === undefined) return 'UTC';
  try {
    return createZone(name).name;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    report.add([], `names the time zone ${name}, which is unknown`, 'write backend.timezone as, say, Africa/Nairobi');
    return 'UTC';
  }
};

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);

export type { ConfiguredEntities };
