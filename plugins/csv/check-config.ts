import type { ConfigProblem } from 'dci-gateway/plugin';
import iconv from 'iconv-lite';
import { checkEntities } from '../relational/check-entities.ts';
import type { CsvConfig, CsvEntityConfig, FileConfig } from './config.ts';
import { listOf } from './config.ts';
import { KEPT_PREFIX, plainEntities } from './plan.ts';
import { isDateFormat } from './read-value.ts';

const SQLITE_PREFIX = 'sqlite_';
const RESERVED: Readonly<Record<string, string>> = {
  [KEPT_PREFIX]: 'stored SELECTs',
  [SQLITE_PREFIX]: "SQLite's own tables",
};

/** Mistakes that show without opening a file. */
export const checkConfig = (config: CsvConfig): readonly ConfigProblem[] => [
  ...encodingProblems(config.encoding, ['encoding']),
  ...Object.entries(config.files).flatMap(([name, file]) => fileProblems(config, name, file)),
  ...Object.entries(config.entities).flatMap(([name, entity]) => entityProblems(config, name, entity)),
  ...checkEntities(plainEntities(config)),
  ...keptSelectProblems(config),
];

const encodingProblems = (encoding: string | undefined, path: readonly string[]): ConfigProblem[] =>
  encoding === undefined || iconv.encodingExists(encoding)
    ? []
    : [
        {
          path,
          problem: `is no encoding known here: ${encoding}`,
          fix: 'write utf-8, latin1, windows-1252 or utf-16, say',
        },
      ];

const sameCharacter = (
  { separator, quote }: { readonly separator?: string; readonly quote?: string },
  path: readonly string[],
): ConfigProblem[] =>
  separator !== undefined && separator === quote
    ? [{ path: [...path, 'quote'], problem: 'is the separator as well', fix: 'separator and quote must differ' }]
    : [];

/** Files become tables of SQLite, which knows names without regard to case. */
const nameProblems = (config: CsvConfig, name: string): readonly string[] => {
  const names = Object.keys(config.files);
  const twin = names.slice(0, names.indexOf(name)).find((other) => other.toLowerCase() === name.toLowerCase());
  const reserved = [KEPT_PREFIX, SQLITE_PREFIX].find((prefix) => name.toLowerCase().startsWith(prefix));
  return [
    ...(reserved === undefined ? [] : [`begins with ${reserved}, as ${RESERVED[reserved]} do`]),
    ...(twin === undefined ? [] : [`differs from ${twin} in case alone`]),
  ];
};

const fileProblems = (config: CsvConfig, name: string, file: FileConfig): ConfigProblem[] => {
  const path = ['files', name];
  const formats = Object.entries(file.types ?? {}).filter(
    ([, type]) => type.startsWith('date ') && !isDateFormat(type.slice('date '.length)),
  );
  return [
    ...encodingProblems(file.encoding, [...path, 'encoding']),
    ...sameCharacter({ separator: ',', quote: '"', ...config, ...file }, path),
    ...formats.map(([column]) => ({
      path: [...path, 'types', column],
      problem: 'is no date format',
      fix: 'name yyyy, mm (or m) and dd (or d) once each: date dd/mm/yyyy',
    })),
    ...nameProblems(config, name).map((problem) => ({ path, problem, fix: 'give it another name' })),
  ];
};

const entityProblems = (config: CsvConfig, name: string, entity: CsvEntityConfig): ConfigProblem[] => {
  const path = ['entities', name];
  const { table, select, keep, index } = entity;
  if (table !== undefined && config.files[table] === undefined) {
    const fix = `there are ${Object.keys(config.files).join(', ')}`;
    return [{ path: [...path, 'table'], problem: `names no file: ${table}`, fix }];
  }
  const key = listOf(entity.key);
  const fileKey = listOf(table === undefined ? undefined : config.files[table]?.key);
  if (key.length === 0 && fileKey.length === 0) {
    return [{ path, problem: 'has no key', fix: 'name the columns that are unique together: key: person_id' }];
  }
  if (select === undefined && keep === true) {
    return [{ path: [...path, 'keep'], problem: 'is for a select alone', fix: 'remove it: a file is stored anyway' }];
  }
  if (index !== undefined && keep !== true) {
    return [
      { path: [...path, 'index'], problem: 'is for a kept select', fix: 'index columns of the file: files.….index' },
    ];
  }
  return [];
};

/** Their text is out of sight once they are tables. */
const keptSelectProblems = (config: CsvConfig): readonly ConfigProblem[] => {
  const kept = Object.entries(config.entities).filter(([, { keep, select }]) => keep === true && select !== undefined);
  const asSelects = kept.map(([name, { select = '' }]) => [name, { select, key: 'any' }] as const);
  return checkEntities(Object.fromEntries(asSelects));
};
