/** JSON Schema of the `backend` section (without `plugin`). */
import { ENTITY_SCHEMA } from '../relational/entities.ts';

const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text };
const emptyTexts = { type: 'array', items: { type: 'string' } };
const columns = { anyOf: [text, { ...texts, minItems: 1 }] };
const one = { type: 'string', minLength: 1, maxLength: 1 };
const quote = { type: 'string', maxLength: 1 };
const name = { pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}$' };

const named = (values: object) => ({ type: 'object', propertyNames: name, additionalProperties: values });
const keys = (properties: object, required: readonly string[]) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const TYPE = '^(text|integer|number|boolean|datetime|instant|date( [dmyM./ -]{6,14})?)$';
const TYPE_FIX =
  'write text, integer, number, boolean, date, date dd/mm/yyyy, datetime (no zone) or instant (with one)';

const file = keys(
  {
    file: text,
    key: columns,
    encoding: text,
    separator: one,
    quote,
    empty: emptyTexts,
    types: { type: 'object', additionalProperties: { type: 'string', pattern: TYPE, fix: TYPE_FIX } },
    index: texts,
    fold: texts,
    may_be_empty: { type: 'boolean' },
  },
  ['file'],
);

const { view: _, ...entityProperties } = ENTITY_SCHEMA.properties;
const entity = keys({ ...entityProperties, keep: { type: 'boolean' }, index: texts }, []);

export const configSchema = keys(
  {
    folder: text,
    encoding: text,
    separator: one,
    quote,
    empty: emptyTexts,
    max_bad_rows: { type: 'integer', minimum: 0 },
    reload_every: { type: 'string', pattern: '^([1-9][0-9]{0,5}[smh]|never)$', fix: 'write 30s, 5m, 1h or never' },
    files: { ...named(file), minProperties: 1 },
    entities: { ...named(entity), minProperties: 1 },
  },
  ['files', 'entities'],
);
