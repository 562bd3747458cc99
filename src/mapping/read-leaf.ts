/** Reads one value of a mapping: where it comes from, its type, what counts as empty, its codes. */

import type { AttributeType } from '../dci/attribute.ts';
import { codeList } from '../dci/code-lists.ts';
import type { Scalar } from '../dci/filter.ts';
import { checkList, checkTogether } from './check-leaf.ts';
import { parseExpression } from './expression.ts';
import { readFlag, readScalar, readText, readTexts } from './read-keys.ts';
import type { Report, YamlPath } from './report.ts';
import type { EdgeSpec, LeafSpec, SourceSpec, WhenSpec } from './spec.ts';
import { parseTemplate } from './template.ts';

/** What the field asks of a value; undefined type: anything. */
export interface LeafField {
  readonly type: AttributeType | undefined;
  readonly codes: string | undefined;
}

const TYPES: ReadonlySet<string> = new Set(['text', 'integer', 'number', 'boolean', 'date', 'datetime']);
const SOURCES = ['from', 'const', 'template', 'expr'] as const;
export const LEAF_KEYS: ReadonlySet<string> = new Set([
  ...SOURCES,
  ...[
    'as',
    'format',
    'empty',
    'codes',
    'labels',
    'else',
    'default',
    'when',
    'need',
    'match',
    'search',
    'selective',
    'split',
  ],
  ...['optional', 'each', 'first'],
]);

type Raw = Readonly<Record<string, unknown>>;

export const readLeaf = (
  raw: Raw,
  field: LeafField,
  path: YamlPath,
  placed: { readonly edge: EdgeSpec | undefined; readonly when: WhenSpec },
  report: Report,
): LeafSpec | undefined => {
  for (const key of Object.keys(raw))
    if (!LEAF_KEYS.has(key)) report.unknown([...path, key], 'the key', key, LEAF_KEYS);
  const type = readType(raw, field, path, report);
  const source = readSource(raw, type, path, report);
  if (source === undefined) return undefined;
  const leaf: LeafSpec = {
    kind: 'leaf',
    path,
    ...placed,
    source,
    type,
    format: readText(raw, 'format', path, report),
    empty: readTexts(raw, 'empty', path, report),
    codes: raw.codes === STANDARD ? ownCodes(field, path, report) : readCodes(raw, type, path, report),
    allCodes: raw.codes === STANDARD,
    labels: readLabels(raw, path, report),
    otherwise: readScalar(raw, 'else', type, path, report),
    missing: readScalar(raw, 'default', type, path, report),
    list: field.codes,
    need: readFlag(raw, 'need', path, report),
    match: readMatch(raw, path, report),
    search: readText(raw, 'search', path, report),
    selective: readFlag(raw, 'selective', path, report),
    split: readText(raw, 'split', path, report),
    optional: readFlag(raw, 'optional', path, report),
  };
  checkTogether(leaf, report);
  checkList(leaf, report);
  return leaf;
};

const readType = (raw: Raw, field: LeafField, path: YamlPath, report: Report): AttributeType | undefined => {
  const { as } = raw;
  if (as === undefined) return field.type;
  if (typeof as !== 'string' || !TYPES.has(as)) {
    report.unknown([...path, 'as'], 'the type', String(as), TYPES);
    return field.type;
  }
  const fits =
    field.type === undefined ||
    as === field.type ||
    (as === 'integer' && field.type === 'number') ||
    (as === 'date' && field.type === 'datetime') ||
    (field.type === 'text' && (as === 'date' || as === 'datetime')); // which are text when they are told
  if (!fits) report.add([...path, 'as'], `is ${as}, but the field is a ${field.type}`, `write as: ${field.type}`);
  return as as AttributeType;
};

const readSource = (
  raw: Raw,
  type: AttributeType | undefined,
  path: YamlPath,
  report: Report,
): SourceSpec | undefined => {
  const given = SOURCES.filter((key) => raw[key] !== undefined && !(key === 'from' && raw.expr !== undefined));
  if (given.length !== 1) {
    const problem = given.length === 0 ? 'says nothing about where the value comes from' : `has ${given.join(' and ')}`;
    report.add(path, problem, 'give one of from, const, template, expr');
    return undefined;
  }
  if (raw.const !== undefined) {
    const value = readScalar(raw, 'const', type, path, report);
    return value === undefined ? undefined : { kind: 'const', value };
  }
  if (raw.template !== undefined) {
    const parts = parseTemplate(String(raw.template));
    if (typeof parts !== 'string') return { kind: 'template', parts };
    report.add(
      [...path, 'template'],
      parts,
      'write {column}, {column:width} or {column:0width}, with text between open ones',
    );
    return undefined;
  }
  const columns = readTexts(raw, 'from', path, report) ?? [];
  if (raw.expr !== undefined) {
    const expression = parseExpression(String(raw.expr));
    if (columns.length === 0) report.add(path, 'has expr without from', 'list the columns that the expression reads');
    if (typeof expression !== 'string') return { kind: 'expr', columns, expression };
    report.add([...path, 'expr'], expression, 'use the operators and the other built-in functions of JSONata');
    return undefined;
  }
  if (columns.length === 0) report.add([...path, 'from'], 'names no column');
  return { kind: 'from', columns };
};

/** `codes: standard`: the column holds the codes of the field's own list; anything else in it is unlisted. */
const STANDARD = 'standard';

const ownCodes = (field: LeafField, path: YamlPath, report: Report): ReadonlyMap<string, Scalar> | undefined => {
  const list = field.codes === undefined ? undefined : codeList(field.codes);
  if (list !== undefined && !list.open) return new Map([...list.codes.keys()].map((code) => [code, code]));
  report.add(
    [...path, 'codes'],
    'says standard, but the field has no closed list of codes',
    'remove codes, or list them',
  );
  return undefined;
};

/** Keys of `codes` are text: `01` is not `1`. */
const readCodes = (
  raw: Raw,
  type: AttributeType | undefined,
  path: YamlPath,
  report: Report,
): ReadonlyMap<string, Scalar> | undefined => {
  const { codes } = raw;
  if (codes === undefined) return undefined;
  if (!isRaw(codes) || Object.keys(codes).length === 0) {
    report.add([...path, 'codes'], 'must map native codes to values', 'write codes: { M: male, F: female }');
    return undefined;
  }
  const read = new Map<string, Scalar>();
  for (const key of Object.keys(codes)) {
    const value = readScalar(codes, key, type, [...path, 'codes'], report);
    if (value !== undefined) read.set(key, value);
  }
  return read;
};

const readLabels = (raw: Raw, path: YamlPath, report: Report): ReadonlyMap<string, string> | undefined => {
  const { labels } = raw;
  if (labels === undefined) return undefined;
  if (!isRaw(labels) || Object.keys(labels).length === 0) {
    report.add([...path, 'labels'], 'must map values to their labels', 'write labels: { male: Homme, female: Femme }');
    return undefined;
  }
  const read = new Map<string, string>();
  for (const key of Object.keys(labels)) {
    const label = readText(labels, key, [...path, 'labels'], report);
    if (label !== undefined) read.set(key, label);
  }
  return read;
};

const readMatch = (raw: Raw, path: YamlPath, report: Report): LeafSpec['match'] => {
  const { match } = raw;
  if (match === undefined || match === 'exact' || match === 'nocase' || match === 'fold') return match ?? 'exact';
  report.unknown([...path, 'match'], 'the comparison', String(match), ['exact', 'nocase', 'fold']);
  return 'exact';
};

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
