import { resolve } from 'node:path';
import type { EntityConfig, EntityConfigs } from '../relational/entities.ts';
import type { CsvConfig, CsvEntityConfig, FilePlan, KeptPlan, LoadPlan } from './config.ts';
import { listOf } from './config.ts';

/** Tables of kept SELECTs; no file may be called so. */
export const KEPT_PREFIX = 'kept_';

const DEFAULT_MAX_BAD_ROWS = 100;

type Columns = readonly string[];

/** Columns by which rows of an entity are fetched as children. */
const childColumns = (config: CsvConfig, entity: string): readonly Columns[] =>
  Object.values(config.entities).flatMap(({ children }) =>
    Object.values(children ?? {})
      .filter((child) => child.entity === entity)
      .map(({ on }) => Object.values(on)),
  );

/** Each list of columns once, and none that only begins another or the key: its index would serve no query more. */
const distinct = (indexes: readonly Columns[], key: Columns): readonly Columns[] => {
  const begins = (short: Columns, long: Columns) => short.every((column, place) => long[place] === column);
  return indexes.filter((one, place) => {
    if (one.length === 0 || begins(one, key)) return false;
    return !indexes.some(
      (other, at) => at !== place && begins(one, other) && (other.length > one.length || at < place),
    );
  });
};

const keyOfEntity = (config: CsvConfig, entity: CsvEntityConfig): Columns => {
  const own = listOf(entity.key);
  return own.length > 0 || entity.table === undefined ? own : listOf(config.files[entity.table]?.key);
};

/** What has to be loaded: the files as tables, and the results of the SELECTs that are kept. */
export const planLoad = (config: CsvConfig, baseFolder: string): LoadPlan => {
  const folder = resolve(baseFolder, config.folder ?? '.');
  const entities = Object.entries(config.entities);
  const files = Object.entries(config.files).map(([table, file]): FilePlan => {
    const over = entities.filter(([, entity]) => entity.table === table);
    const key =
      [listOf(file.key), ...over.map(([, entity]) => listOf(entity.key))].find((list) => list.length > 0) ?? [];
    const indexes = [
      ...over.flatMap(([name, entity]) => [keyOfEntity(config, entity), ...childColumns(config, name)]),
      ...(file.index ?? []).map((column) => [column]),
    ];
    const quote = file.quote ?? config.quote ?? '"';
    return {
      table,
      path: resolve(folder, file.file),
      shown: file.file,
      encoding: file.encoding ?? config.encoding ?? 'utf-8',
      separator: file.separator ?? config.separator ?? ',',
      quote: quote === '' ? undefined : quote,
      empty: file.empty ?? config.empty ?? [''],
      key,
      types: file.types ?? {},
      fold: file.fold ?? [],
      indexes: distinct(indexes, key),
    };
  });
  const kept = entities.flatMap(([name, entity]): KeptPlan[] => {
    if (entity.select === undefined || entity.keep !== true) return [];
    const key = listOf(entity.key);
    const indexes = [...childColumns(config, name), ...(entity.index ?? []).map((column) => [column])];
    return [
      { entity: name, table: `${KEPT_PREFIX}${name}`, select: entity.select, key, indexes: distinct(indexes, key) },
    ];
  });
  const mayBeEmpty = Object.entries(config.files).flatMap(([table, file]) =>
    file.may_be_empty === true ? [table] : [],
  );
  return { files, kept, maxBadRows: config.max_bad_rows ?? DEFAULT_MAX_BAD_ROWS, mayBeEmpty };
};

/** The entities as the query side takes them: a kept SELECT is a table by now. */
export const plainEntities = (config: CsvConfig): EntityConfigs =>
  Object.fromEntries(
    Object.entries(config.entities).map(([name, entity]): [string, EntityConfig] => {
      const { keep, index: _, select, ...rest } = entity;
      const key = keyOfEntity(config, entity);
      if (select === undefined) return [name, { ...rest, key }];
      return [name, keep === true ? { ...rest, key, table: `${KEPT_PREFIX}${name}` } : { ...rest, key, select }];
    }),
  );
