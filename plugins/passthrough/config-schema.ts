/** JSON Schema of the `backend` section (without `plugin`). */

const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text };
const flag = { type: 'boolean' };
const choice = (...values: readonly string[]) => ({ enum: values });
const count = (maximum: number) => ({ type: 'integer', minimum: 1, maximum });
const keys = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const profile = choice('dci-spaced', 'dci-compact', 'dci-normalised', 'jws', 'jws-detached');
const operators = {
  type: 'array',
  uniqueItems: true,
  items: choice('eq', 'ne', 'in', 'nin', 'lt', 'le', 'gt', 'ge', 'contains', 'startswith', 'exists'),
};

const attribute = {
  anyOf: [
    operators,
    keys({ name: text, operators, here: operators, match: choice('exact', 'nocase', 'fold'), sort: flag }),
  ],
};

const TYPE = choice('text', 'integer', 'number', 'boolean', 'date', 'datetime');

const entity = keys({
  record_type: text,
  key: text,
  identifiers: keys({ list: text, type: text, value: text }, ['list', 'type', 'value']),
  columns: { type: 'object', additionalProperties: TYPE },
  children: {
    type: 'object',
    additionalProperties: keys({ entity: text, one: flag }, ['entity']),
  },
  attributes: { type: 'object', additionalProperties: attribute },
});

export const configSchema = keys(
  {
    url: text,
    client_id: text,
    client_secret: text,
    token_url: text,
    token_style: choice('form', 'json', 'basic'),
    scope: text,
    receiver_id: text,
    sender_ids: texts,
    keys_url: text,
    sign: profile,
    accept: { type: 'array', minItems: 1, uniqueItems: true, items: profile },
    answers: choice('required', 'optional'),
    private_network: flag,
    timeout: { type: 'string', pattern: '^[1-9][0-9]{0,5}(ms|s)$' },
    max_answer: { type: 'string', pattern: '^[1-9][0-9]{0,3}(KB|MB)$' },
    queries: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: choice('idtype-value', 'predicate', 'expression', 'seq'),
    },
    negations: flag,
    page_size: count(10_000),
    most_pages: count(100),
    most_items: count(1_000),
    none_found: texts,
    criteria: { type: 'object' },
    notifications_from: text,
    async: choice('gateway', 'relay'),
    callback_url: text,
    relay_timeout: { type: 'string', pattern: '^([1-9][0-9]{0,3}[sm]|[1-9][0-9]?h)$' },
    subscribe: flag,
    subscribe_events: { ...texts, minItems: 1, maxItems: 20, uniqueItems: true },
    subscribe_for: { type: 'string', pattern: '^[1-9][0-9]{0,3}[smhd]$' },
    subscribe_check: { type: 'string', pattern: '^[1-9][0-9]{0,3}[smh]$' },
    locations_url: text,
    paths: { type: 'object', propertyNames: { pattern: '^(/[A-Za-z0-9._-]+)+$' }, additionalProperties: text },
    forward: choice('never', 'unrestricted'),
    entities: { type: 'object', minProperties: 1, additionalProperties: entity },
  },
  ['url', 'entities'],
);
