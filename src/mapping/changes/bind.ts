/** Binds the `changes` section to the registry's columns: the sources that a plugin polls. */

import { isAct } from '../../dci/event-types.ts';
import type { ChangeSource, Column, Entity } from '../../plugin.ts';
import { checkWhen } from '../check-columns.ts';
import { whenNative } from '../columns.ts';
import type { BoundChanges, CompiledSearch, MappedSearch } from '../mapping.ts';
import type { Report, YamlPath } from '../report.ts';
import type { RecordTree } from '../tree.ts';
import { checkOld } from './check-old.ts';
import { createReaders } from './readers.ts';
import { compared, identifying } from './selections.ts';
import type { ChangesDefinition, SourceSpec } from './spec.ts';

export interface BindChangesContext {
  readonly trees: ReadonlyMap<string, RecordTree>;
  readonly entities: ReadonlyMap<string, Entity>;
  readonly compile: (search: MappedSearch) => CompiledSearch;
  readonly report: Report;
}

const DAY_MS = 86_400_000;

export const bindChanges = (definition: ChangesDefinition, context: BindChangesContext): BoundChanges => {
  const { report } = context;
  const paths = new Map<string, YamlPath>();
  const sources: ChangeSource[] = [];
  for (const spec of definition.sources) {
    for (const source of bindSource(spec, definition, context)) {
      if (paths.has(source.id)) report.add(spec.path, 'stands there twice', 'remove one');
      paths.set(source.id, spec.path);
      sources.push(source);
    }
  }
  const typesOf = (specs: readonly SourceSpec[]) => new Set(specs.flatMap(({ touches }) => [...touches.keys()]));
  return {
    everyMs: definition.everyMs,
    sources,
    recordTypes: typesOf(definition.sources),
    pushed: typesOf(definition.sources.filter(({ kind }) => kind === 'push')),
    events: new Set(definition.sources.flatMap(({ event }) => event ?? [])),
    ...createReaders(context),
    refuse: (problems) => {
      for (const { source, problem, fix } of problems) report.add(paths.get(source) ?? definition.path, problem, fix);
      report.settle();
    },
  };
};

const bindSource = (
  spec: SourceSpec,
  definition: ChangesDefinition,
  context: BindChangesContext,
): readonly ChangeSource[] => {
  const entity = spec.kind === 'log' || spec.kind === 'push' ? undefined : entityOf(spec.entity, spec.path, context);
  const touches = bindTouches(spec, entity, context);
  if (spec.kind === 'push') {
    if (spec.where.size > 0)
      context.report.add([...spec.path, 'where'], 'a push says its event itself', 'remove where');
    return [];
  }
  const event = bindEvent(spec, entity, context.report);
  const common = (id: string) => ({
    id: spec.event === undefined ? id : `${id}:${spec.event}`,
    touches,
    ...(event !== undefined && { event }),
  });
  if (spec.kind === 'log') {
    const { table, seq, op, old } = spec;
    if (old !== undefined) checkOld(old, spec.path, context);
    return [
      {
        kind: 'log',
        ...common(`log.${table}`),
        ...{ table, seq, overlapMs: definition.overlapMs },
        ...(op !== undefined && { op }),
        ...(old !== undefined && { old }),
      },
    ];
  }
  if (entity === undefined) return [];
  const { name } = entity;
  if (spec.kind === 'sweep')
    return [{ kind: 'sweep', ...common(`${name}.sweep`), entity: name, everyMs: spec.everyMs }];
  if (spec.kind === 'snapshot') {
    const keep = identifying(spec.touches, entity, context);
    const select = compared(spec.touches, entity, context);
    return [{ kind: 'snapshot', ...common(`${name}.snapshot`), entity: name, everyMs: spec.everyMs, select, keep }];
  }
  const { overlapMs, timezone = 'UTC' } = definition;
  return spec.at.map((column, n): ChangeSource => {
    checkTimeColumn(column, entity, spec.path, definition, context.report);
    return {
      kind: 'columns',
      ...common(`${name}.${column}`),
      entity: name,
      column,
      overlapMs,
      timezone,
      undated: n === 0,
    };
  });
};

const entityOf = (name: string, path: YamlPath, { entities, report }: BindChangesContext): Entity | undefined => {
  const entity = entities.get(name);
  if (entity === undefined) report.unknown([...path, 'entity'], 'the entity', name, entities.keys());
  return entity;
};

const bindTouches = (spec: SourceSpec, entity: Entity | undefined, { trees, entities, report }: BindChangesContext) => {
  const touches: Record<string, ChangeSource['touches'][string]> = {};
  for (const [type, columns] of spec.touches) {
    const path = [...spec.path, 'touches', type];
    const touched = entities.get(trees.get(type)?.entity ?? '');
    if (touched === undefined) continue; // reported with the record
    // The table of acts is there once more for each event that is told under its own name: its rows are the acts.
    const own = isAct(type) && entity !== undefined && entity.key.join() === columns.join();
    touches[type] = { entity: touched.name, columns, ...(own && { own }) };
    if (columns.length > 0 && columns.length !== touched.key.length)
      report.add(path, `names ${columns.length} columns, but the key of ${touched.name} is ${touched.key.join(', ')}`);
    else if (entity !== undefined) checkTouched(columns, entity, touched, path, report);
  }
  return touches;
};

const checkTouched = (columns: readonly string[], entity: Entity, touched: Entity, path: YamlPath, report: Report) => {
  for (const [at, name] of columns.entries()) {
    const column = entity.columns.get(name);
    const key = touched.columns.get(touched.key[at] ?? '');
    if (column === undefined) report.unknown(path, `of ${entity.name} the column`, name, entity.columns.keys());
    else if (key !== undefined && key.type !== column.type)
      report.add(
        path,
        `takes ${name} (${column.nativeType}) for the key ${key.name} (${key.nativeType}) of ${touched.name}`,
      );
  }
};

/** The values of `where` as the columns hold them; those of a log as they were written. */
const bindEvent = (spec: SourceSpec, entity: Entity | undefined, report: Report) => {
  if (spec.event === undefined) return undefined;
  if (entity !== undefined) checkWhen(spec.where, spec.path, entity, report, 'where');
  const where = [...spec.where].map(([name, values]) => {
    const column: Column | undefined = entity?.columns.get(name);
    const natives = values.map((value) =>
      value === null || column === undefined ? value : (whenNative(column, value) ?? value),
    );
    return [name, natives] as const;
  });
  return { name: spec.event, where: Object.fromEntries(where) };
};

const checkTimeColumn = (
  name: string,
  entity: Entity,
  source: YamlPath,
  { overlapMs, timezone }: ChangesDefinition,
  report: Report,
): void => {
  const path = [...source, 'at'];
  const column = entity.columns.get(name);
  if (column === undefined) {
    report.unknown(path, `of ${entity.name} the column`, name, entity.columns.keys());
    return;
  }
  const is = `${name} is ${column.nativeType}`;
  if (!['date', 'datetime', 'instant'].includes(column.type)) {
    report.add(path, `is no time of a change: ${is}`, 'use a column of dates or times, or snapshot: true');
    return;
  }
  if (column.type !== 'instant' && timezone === undefined)
    report.add(path, `has no zone: ${is}`, 'add timezone to changes: the zone in which the registry writes it');
  if (column.type === 'date' && overlapMs < DAY_MS)
    report.add(path, `knows days only, but the overlap is shorter than one: ${is}`, 'write overlap: 1d or longer');
};
