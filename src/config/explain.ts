import type { ErrorObject } from 'ajv';
import { FORMATS } from './formats.ts';
import { nearestName } from './nearest-name.ts';
import type { Path } from './place.ts';
import { parseDuration, parseSize } from './units.ts';

/** A mistake without its place yet. */
export interface Mistake {
  readonly path: Path;
  readonly problem: string;
  readonly fix?: string;
}

/** Keys of a JSON pointer. */
export const pathOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** One of ajv's errors in a sentence for the operator. */
export const explain = ({
  keyword,
  instancePath,
  params,
  message,
  parentSchema,
  data,
  schema,
}: ErrorObject): Mistake => {
  const path = pathOf(instancePath);
  const advice = typeof parentSchema?.fix === 'string' ? { fix: parentSchema.fix } : {};
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      const known = Object.keys((parentSchema?.properties as object | undefined) ?? {}); // ajv hands the schema as it is
      const near = nearestName(name, known);
      return {
        path: [...path, name],
        problem: 'is not a known key',
        fix: near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`,
      };
    }
    case 'required':
      return { path: [...path, String(params.missingProperty)], problem: 'is missing', ...advice };
    case 'propertyNames':
      return {
        path: [...path, String(params.propertyName)],
        problem: 'is not a name that can be used here',
        ...advice,
      };
    case 'type': {
      const types = [schema].flat().join(' or ');
      return {
        path,
        problem: `must be ${TYPE_WORDS[types] ?? types}, not ${TYPE_WORDS[typeOf(data)]}`,
        ...(unitAdvice(data, parentSchema) ?? advice),
      };
    }
    case 'enum': {
      const allowed = (params.allowedValues as readonly unknown[]).map(String); // ajv's own list
      const near = typeof data === 'string' ? nearestName(data, allowed) : undefined;
      return {
        path,
        problem: `must be one of ${allowed.join(', ')}`,
        ...(near !== undefined && { fix: `did you mean ${near}?` }),
      };
    }
    case 'const':
      return { path, problem: `must be ${String(params.allowedValue)}`, ...advice };
    case 'format':
      return { path, problem: `is no ${String(params.format)}`, fix: FORMATS[String(params.format)]?.fix ?? '' };
    case 'pattern':
      return { path, problem: 'is not written as it must be', ...advice };
    case 'uniqueItems':
      return { path: [...path, String(Math.max(params.i, params.j))], problem: 'is there twice', fix: 'take one out' };
    case 'minLength':
      return { path, problem: params.limit === 1 ? 'is empty' : `has less than ${params.limit} characters`, ...advice };
    case 'minItems':
    case 'minProperties':
      return { path, problem: 'needs at least one entry' };
    default:
      return { path, problem: message ?? `fails ${keyword}`, ...advice };
  }
};

const UNITS = {
  duration: { units: ['ms', 's', 'm', 'h', 'd'], parse: parseDuration, usual: '10s' },
  size: { units: ['B', 'KB', 'MB', 'GB'], parse: parseSize, usual: '1MB' },
} as const;

/** A duration or size as a plain number: the likely unit is the one with which it comes nearest to the default. */
const unitAdvice = (data: unknown, schema: ErrorObject['parentSchema']): { readonly fix: string } | undefined => {
  const format: unknown = schema?.format;
  if (typeof data !== 'number' || !Number.isInteger(data) || data < 1) return undefined;
  if (format !== 'duration' && format !== 'size') return undefined;
  const { units, parse, usual } = UNITS[format];
  const wanted = parse(String(schema?.default)) ?? parse(usual) ?? 1;
  const distance = (unit: string): number => Math.abs(Math.log((parse(`${data}${unit}`) ?? 1) / wanted));
  const [likely] = [...units].sort((a, b) => distance(a) - distance(b));
  return { fix: `write it with its unit, such as ${data}${likely}` };
};

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
};

const typeOf = (data: unknown): string => (data === null ? 'null' : Array.isArray(data) ? 'array' : typeof data);

/** One mistake a place: several keywords can fail on the same value. */
export const distinct = (mistakes: readonly Mistake[]): Mistake[] => [
  ...new Map(mistakes.map((each) => [`${each.path.join('\0')}\0${each.problem}`, each])).values(),
];
