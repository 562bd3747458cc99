/** A JSON Schema of our API document as nested lists. */

import { escapeHtml, inline } from './docs-text.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

type Schemas = Readonly<Record<string, unknown>>;

/** Our document's schemas contain no circle; this is a bound for the day one is written. */
const DEEPEST = 12;

export const schemaHtml = (schema: unknown, schemas: Schemas, depth = 0): string => {
  const known = resolve(schema as Schema, schemas); // the document is ours and parsed
  const { properties, required = [] } = known.items === undefined ? known : resolve(known.items, schemas);
  if (properties === undefined || depth > DEEPEST) return depth === 0 ? `<p>${summary(known)}</p>` : '';
  const rows = Object.entries(properties).map(([name, property]) => {
    const below = resolve(property, schemas);
    const mark = required.includes(name) ? ' <span class="required">required</span>' : '';
    return `<li><code>${escapeHtml(name)}</code>${mark} ${summary(below)}${schemaHtml(below, schemas, depth + 1)}</li>`;
  });
  return `<ul>${rows.join('')}</ul>`;
};

const resolve = (schema: Schema, schemas: Schemas): Schema =>
  schema.$ref === undefined ? schema : (schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] as Schema);

const summary = (schema: Schema): string => {
  const facts = [
    schema.type === undefined ? undefined : [schema.type].flat().join(' or '),
    schema.format,
    schema.const === undefined ? undefined : `always ${String(schema.const)}`,
    schema.enum === undefined ? undefined : `one of ${schema.enum.join(', ')}`,
    schema.maxLength === undefined ? undefined : `at most ${schema.maxLength} characters`,
    schema.minimum === undefined ? undefined : `from ${schema.minimum}`,
  ].filter((fact) => fact !== undefined);
  return `<span class="note">${escapeHtml(facts.join(', '))}</span> ${inline(schema.description ?? '')}`;
};
