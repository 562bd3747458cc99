/** Reads one source of changes: which form it has, what it touches, what it means. */

import type { ChangeKind } from '../../plugin.ts';
import { readWhen } from '../read-node.ts';
import type { Report, YamlPath } from '../report.ts';
import { readDuration } from './duration.ts';
import type { ReadChangesContext } from './read.ts';
import type { SourceSpec } from './spec.ts';

type Raw = Readonly<Record<string, unknown>>;

const COMMON = ['touches', 'event', 'where'];
/** The key that tells a form → its other keys. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  at: ['entity'],
  log: ['seq', 'op', 'old', 'entity'],
  snapshot: ['entity'],
  sweep: ['entity'],
  push: [],
};
const KINDS: readonly ChangeKind[] = ['created', 'updated', 'deleted', 'changed'];
const LEAST_LOOK_MS = 1_000;

/** Undefined where it has no form that is known (reported). */
export const readSource = (
  raw: unknown,
  path: YamlPath,
  everyMs: number,
  context: ReadChangesContext,
): SourceSpec | undefined => {
  const { report } = context;
  const forms = isRaw(raw) ? Object.keys(FORMS).filter((form) => raw[form] !== undefined) : [];
  const [form] = forms;
  if (!isRaw(raw) || form === undefined || forms.length > 1) {
    const problem = forms.length > 1 ? `has ${forms.join(' and ')}` : 'is no source of changes';
    report.add(path, problem, `write one of ${Object.keys(FORMS).join(', ')}, with touches`);
    return undefined;
  }
  const known = [form, ...(FORMS[form] ?? []), ...COMMON];
  for (const key of Object.keys(raw)) if (!known.includes(key)) report.unknown([...path, key], 'the key', key, known);
  const common = { path, touches: readTouches(raw.touches, path, context), ...readEvent(raw, path, report) };
  switch (form) {
    case 'log':
      return readLog(raw, common, context);
    case 'push':
      if (raw.push !== true) report.add([...path, 'push'], 'must be true');
      return { kind: 'push', ...common };
    case 'at':
      return {
        kind: 'columns',
        ...common,
        entity: readEntity(raw, path, context),
        at: readColumns(raw, 'at', path, report),
      };
    default: {
      const kind = form === 'sweep' ? 'sweep' : 'snapshot';
      const own = raw[form] === true && kind === 'snapshot' ? everyMs : undefined;
      const look = own ?? readDuration(raw[form], [...path, form], LEAST_LOOK_MS, report) ?? everyMs;
      return { kind, ...common, entity: readEntity(raw, path, context), everyMs: look };
    }
  }
};

type Common = Pick<SourceSpec, 'path' | 'touches' | 'event' | 'where'>;

const readLog = (raw: Raw, common: Common, context: ReadChangesContext): SourceSpec => {
  const { report } = context;
  const { path } = common;
  for (const key of ['log', 'seq'])
    if (!isName(raw[key]))
      report.add(
        [...path, ...(raw[key] === undefined ? [] : [key])],
        key === 'log' ? 'must name a table' : 'lacks seq: the column that grows with each row',
      );
  if (raw.old === undefined && raw.entity !== undefined)
    report.add(
      [...path, 'entity'],
      'says whose old values the log has, but there is no old',
      'add old, or remove entity',
    );
  return {
    kind: 'log',
    ...common,
    table: String(raw.log),
    seq: String(raw.seq),
    op: raw.op === undefined ? undefined : readOp(raw.op, [...path, 'op'], report),
    old: raw.old === undefined ? undefined : readOld(raw, path, context),
  };
};

const readOp = (raw: unknown, path: YamlPath, report: Report) => {
  const { from, codes, ...rest } = isRaw(raw) ? raw : {};
  if (!isName(from) || !isRaw(codes) || Object.keys(rest).length > 0) {
    report.add(
      path,
      'must be { from: column, codes: { … } }',
      'write { from: op, codes: { I: created, U: updated, D: deleted } }',
    );
    return undefined;
  }
  const kinds: Record<string, ChangeKind> = {};
  for (const [code, kind] of Object.entries(codes)) {
    const found = KINDS.find((each) => each === kind);
    if (found === undefined) report.unknown([...path, 'codes', code], 'the kind of change', String(kind), KINDS);
    else kinds[code] = found;
  }
  return { column: from, kinds };
};

const readOld = (raw: Raw, path: YamlPath, context: ReadChangesContext) => {
  const { old } = raw;
  if (!isRaw(old) || Object.keys(old).length === 0 || !Object.values(old).every(isName)) {
    context.report.add(
      [...path, 'old'],
      "must be columns of the entity with the log's columns that hold their old values",
      'write old: { national_id: old_national_id }',
    );
    return undefined;
  }
  if (raw.entity === undefined) {
    context.report.add(
      [...path, 'old'],
      'does not say whose values these are',
      'add entity: the entity whose changes the log holds',
    );
    return undefined;
  }
  return { entity: readEntity(raw, path, context), columns: old as Readonly<Record<string, string>> }; // each was looked at
};

const readTouches = (
  raw: unknown,
  path: YamlPath,
  { records, report }: ReadChangesContext,
): ReadonlyMap<string, readonly string[]> => {
  const touches = new Map<string, readonly string[]>();
  if (!isRaw(raw) || Object.keys(raw).length === 0) {
    report.add(
      raw === undefined ? path : [...path, 'touches'],
      'does not say which records a change touches',
      'add touches: { Person: person_id }',
    );
    return touches;
  }
  for (const type of Object.keys(raw)) {
    const here = [...path, 'touches', type];
    if (!records.has(type)) report.unknown(here, 'the record', type, records.keys());
    else touches.set(type, readColumns(raw, type, [...path, 'touches'], report));
  }
  return touches;
};

const readEvent = (raw: Raw, path: YamlPath, report: Report) => {
  const { event, where } = raw;
  if (event !== undefined && !(typeof event === 'string' && /^[A-Z][A-Z0-9_]{0,49}$/.test(event)))
    report.add([...path, 'event'], 'must be the name of an event in capitals', 'write event: DEATH');
  if (event === undefined && where !== undefined)
    report.add(
      [...path, 'where'],
      'says which rows are an event, but names none',
      'add event: DEATH, or put the condition into the entity',
    );
  return { event: typeof event === 'string' ? event : undefined, where: readWhen(where, [...path, 'where'], report) };
};

const readEntity = (raw: Raw, path: YamlPath, { entities, report }: ReadChangesContext): string => {
  const { entity } = raw;
  if (typeof entity !== 'string')
    report.add(entity === undefined ? path : [...path, 'entity'], 'must name an entity of the backend', 'add entity');
  else if (entities !== undefined && !entities.has(entity))
    report.unknown([...path, 'entity'], 'the entity', entity, entities.keys());
  return String(entity);
};

const readColumns = (raw: Raw, key: string, path: YamlPath, report: Report): readonly string[] => {
  const value = raw[key];
  const columns: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (columns.length > 0 && columns.every(isName) && new Set(columns).size === columns.length) return columns;
  report.add([...path, key], 'must be a column or a list of columns');
  return [];
};

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
