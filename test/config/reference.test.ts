import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { fillVariables } from '../../src/config/environment.ts';
import { rootSchema } from '../../src/config/schema/root.ts';
import { PROJECT } from '../support/source-files.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly else?: Schema;
  readonly default?: unknown;
}

/** The reference with the keys that are commented out. */
const reference = (): unknown => {
  const text = readFileSync(join(PROJECT, 'config/gateway.yaml'), 'utf8');
  const uncommented = text.replaceAll(/^( *)# ( *(?:- )?[A-Za-z_-]+:(?: .*)?)$/gm, '$1$2');
  return parse(
    fillVariables(uncommented, { HEALTH_SECRET: 's', CONSENT_SECRET: 'c', PUSH_SECRET: 'p', STORE_KEY: 'k' }).text,
  );
};

/** `partners.*.signature.accept` → its schema; names that people choose are stars. */
const schemaPaths = (schema: Schema, path = ''): [string, Schema][] => {
  const inner = schema.else ?? schema;
  const named = Object.entries(inner.properties ?? {}).flatMap(([key, below]) => [
    [`${path}${key}`, below] as [string, Schema],
    ...schemaPaths(below, `${path}${key}.`),
  ]);
  const starred =
    typeof inner.additionalProperties === 'object' ? schemaPaths(inner.additionalProperties, `${path}*.`) : [];
  return [...named, ...starred, ...(inner.items === undefined ? [] : schemaPaths(inner.items, `${path}*.`))];
};

const schemas = new Map(schemaPaths(rootSchema as Schema));

test('the schema of the configuration is a JSON Schema', () => {
  const ajv = new Ajv();
  assert.ok(ajv.validateSchema(rootSchema), ajv.errorsText());
});

/** The values in the reference at a path with stars. */
const valuesAt = (node: unknown, path: readonly string[]): unknown[] => {
  const [key, ...rest] = path;
  if (key === undefined) return [node];
  if (typeof node !== 'object' || node === null) return [];
  const below =
    key === '*' ? Object.values(node) : Object.hasOwn(node, key) ? [(node as Record<string, unknown>)[key]] : [];
  return below.flatMap((each) => valuesAt(each, rest));
};

test('the reference names every key of the schema', () => {
  const missing = [...schemas.keys()].filter((path) => valuesAt(reference(), path.split('.')).length === 0);
  assert.ok(schemas.size > 80);
  assert.deepEqual(missing, []);
});

test('what the reference gives for a key with a default is that default', () => {
  const settled = [...schemas].filter(
    ([path, { default: initial }]) => initial !== undefined && !path.startsWith('partners.'),
  );
  for (const [path, { default: initial, properties, additionalProperties }] of settled) {
    if (properties !== undefined || additionalProperties !== undefined) continue; // a section; its keys are looked at
    const wanted = typeof initial === 'number' && path.endsWith('port') ? String(initial) : initial; // text of a variable
    for (const value of valuesAt(reference(), path.split('.'))) assert.deepEqual(value, wanted, path);
  }
  assert.ok(settled.length > 40);
});

test('the reference names no key that the schema does not have', () => {
  const known = (path: string): boolean => schemas.has(path);
  const foreign: string[] = [];
  const walk = (node: unknown, path: string, schema: Schema): void => {
    const inner = schema.else ?? schema;
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      const free = typeof inner.additionalProperties === 'object' || Array.isArray(node);
      const below = free ? (inner.items ?? (inner.additionalProperties as Schema)) : inner.properties?.[key];
      const here = `${path}${free ? '*' : key}`;
      if (below === undefined) {
        if (inner.properties !== undefined && !known(here)) foreign.push(here);
      } else walk(value, `${here}.`, below);
    }
  };
  walk(reference(), '', rootSchema as Schema);
  assert.deepEqual(foreign, ['registries.*.file']); // taken in before the schema looks
});
