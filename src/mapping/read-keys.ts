/** Reads single keys of a mapping's values, each with its complaint. */

import type { AttributeType } from '../dci/attribute.ts';
import type { Scalar } from '../dci/filter.ts';
import type { Report, YamlPath } from './report.ts';

type Raw = Readonly<Record<string, unknown>>;

export const readScalar = (
  raw: Raw,
  key: string,
  type: AttributeType | undefined,
  path: YamlPath,
  report: Report,
): Scalar | undefined => {
  const value = raw[key];
  if (value === undefined) return undefined;
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    const fits =
      type === undefined ||
      (type === 'boolean'
        ? typeof value === 'boolean'
        : type === 'integer'
          ? Number.isSafeInteger(value)
          : type === 'number'
            ? typeof value === 'number'
            : true);
    if (fits)
      return type === undefined || type === 'boolean' || type === 'integer' || type === 'number'
        ? value
        : String(value);
    report.add([...path, key], `is no ${type}`, `write a ${type}`);
    return undefined;
  }
  report.add([...path, key], 'must be one value');
  return undefined;
};

export const readText = (raw: Raw, key: string, path: YamlPath, report: Report): string | undefined => {
  const value = raw[key];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  report.add([...path, key], 'must be a text');
  return undefined;
};

export const readTexts = (raw: Raw, key: string, path: YamlPath, report: Report): readonly string[] | undefined => {
  const value = raw[key];
  if (value === undefined) return undefined;
  const texts = (Array.isArray(value) ? value : [value]).map((each) =>
    typeof each === 'number' || typeof each === 'boolean' ? String(each) : each,
  );
  if (texts.every((each) => typeof each === 'string')) return texts;
  report.add([...path, key], 'must be a text or a list of texts');
  return undefined;
};

export const readFlag = (raw: Raw, key: string, path: YamlPath, report: Report): boolean => {
  const value = raw[key];
  if (value !== undefined && typeof value !== 'boolean') report.add([...path, key], 'must be true or false');
  return value === true;
};
