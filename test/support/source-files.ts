/** The project's own TypeScript files and what they import, read from the text. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');

export interface SourceFile {
  /** Below the project: `src/http/app.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** As it is written. */
  readonly specifier: string;
  /** Of a relative one, the file below the project; undefined for packages. */
  readonly file: string | undefined;
}

/** Files below these folders that git does not ignore by name. */
export const sourceFiles = (...folders: readonly string[]): readonly SourceFile[] =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: PROJECT }))
    .sort()
    .map(readSource);

const readSource = (path: string): SourceFile => {
  const text = readFileSync(join(PROJECT, path), 'utf8');
  return { path, text, imports: readImports(path, text) };
};

const STATEMENT =
  /^(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

const readImports = (path: string, text: string): readonly Import[] =>
  [...withoutComments(text).matchAll(STATEMENT)].map(([, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic ?? '';
    return { specifier, file: specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : undefined };
  });

/** The code alone. Good enough for what the tests look for: no string of ours holds a comment's opening on purpose. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[\s;{}(),])\/\/.*$/gm, '$1');

/** `src/http/app.ts` → `http`, `src/errors.ts` → `errors`, `plugins/sql/index.ts` → `plugins/sql`. */
export const unitOf = (path: string): string => {
  const [top = '', next = ''] = path.split('/');
  if (path.startsWith('src/jobs/agenda/')) return 'jobs/agenda';
  return top === 'src' ? next.replace(/\.ts$/, '') : `${top}/${next}`;
};

/** The npm package of a bare specifier, with `node:` ones as they are. */
export const packageOf = (specifier: string): string =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

export const below = (path: string): string => relative(PROJECT, path);

export const isThere = (path: string): boolean => existsSync(join(PROJECT, path));
