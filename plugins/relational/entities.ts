/** The `entities` of a backend section: what a table, view or SELECT of the registry is, and how its children hang on it. */

export type ConditionValue = string | number | boolean | null;

/** Column → the value it must have, or a list of such; null: it must be empty. All of them hold. */
export type Conditions = Readonly<Record<string, ConditionValue | readonly ConditionValue[]>>;

export interface ChildConfig {
  readonly entity: string;
  /** Our column → the child's column. */
  readonly on: Readonly<Record<string, string>>;
  readonly where?: Conditions;
  /** `column`, or `-column` for descending. */
  readonly order?: readonly string[];
  /** At most this many child rows are read for a row. */
  readonly max?: number;
}

export interface EntityConfig {
  readonly table?: string;
  readonly view?: string;
  readonly select?: string;
  readonly key: string | readonly string[];
  /** Which rows are this thing at all. */
  readonly where?: Conditions;
  /** Which rows are not deleted: not applied to change feeds. */
  readonly live?: Conditions;
  readonly children?: Readonly<Record<string, ChildConfig>>;
}

export type EntityConfigs = Readonly<Record<string, EntityConfig>>;

const name = { type: 'string', minLength: 1, maxLength: 128 } as const;
const scalar = { type: ['string', 'number', 'boolean', 'null'] } as const;
const conditions = {
  type: 'object',
  additionalProperties: { anyOf: [scalar, { type: 'array', items: scalar, minItems: 1, maxItems: 1000 }] },
} as const;

const CHILD_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['entity', 'on'],
  properties: {
    entity: { ...name, description: 'entity whose rows are the children' },
    on: { type: 'object', minProperties: 1, additionalProperties: name, description: "our column: the child's column" },
    where: { ...conditions, description: 'only child rows whose columns have these values' },
    order: { type: 'array', items: name, minItems: 1, maxItems: 8, description: '`column` or `-column`; then the key' },
    max: { type: 'integer', minimum: 1, maximum: 10000, description: 'at most this many child rows for a row' },
  },
} as const;

/** JSON Schema of one entity; a plugin with further keys of its own spreads `properties` into its schema. */
export const ENTITY_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['key'],
  properties: {
    table: { ...name, description: 'table the rows come from (`schema.table` is allowed)' },
    view: { ...name, description: 'view the rows come from' },
    select: { type: 'string', minLength: 1, maxLength: 65536, description: 'SELECT the rows come from' },
    key: {
      anyOf: [name, { type: 'array', items: name, minItems: 1, maxItems: 8, uniqueItems: true }],
      description: 'column or columns that identify a row; unique and never empty',
    },
    where: { ...conditions, description: 'which rows are this thing at all: column: value, list of values or null' },
    live: { ...conditions, description: 'which rows are not deleted, in the same form' },
    children: {
      type: 'object',
      additionalProperties: CHILD_SCHEMA,
      description: 'child rows by name: `{entity, on, where, order, max}`',
    },
  },
} as const;

export const ENTITIES_SCHEMA = {
  type: 'object',
  minProperties: 1,
  additionalProperties: ENTITY_SCHEMA,
  description: 'what the rows are, by name: table, view or select, key, where, live, children',
} as const;

export const keyOf = (entity: EntityConfig): readonly string[] =>
  typeof entity.key === 'string' ? [entity.key] : entity.key;
