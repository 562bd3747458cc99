/**
 * What the specifications show of records: mostly examples, some of them wrapped in what was meant as their schema. Each is taken
 * apart into names and forms, and a record of ours is held against those of its type: first as its own domain shows it,
 * then as the others do, because every example leaves most fields out.
 */

import { type SpecDomain, specDocument } from './spec-check.ts';

type Form = 'text' | 'number' | 'boolean' | 'object' | 'list';
type Named = Readonly<Record<string, unknown>>;

interface Shape {
  /** Empty where examples leave the value empty. */
  readonly forms: Set<Form>;
  readonly fields: Map<string, Shape>;
  item?: Shape;
}

/** Record types by the domain that shows them. */
type Shapes = ReadonlyMap<SpecDomain, ReadonlyMap<string, Shape>>;

const DOMAINS = ['social', 'crvs', 'fr', 'dr', 'ibr'] as const satisfies readonly SpecDomain[];

/** Fields that hold a record, or several, or a place: each is one thing wherever it stands. */
const TYPE_AT: Readonly<Record<string, string>> = {
  ...{ demographic_info: 'Person', personal_details: 'Person', person: 'Person', group_head_info: 'Member' },
  ...{ member_list: 'Member', related_member: 'Member', famer_personal_details: 'Member', member: 'Member' },
  ...{ family_details: 'Group', place: 'Place', birth_place: 'Place', death_place: 'Place', event_place: 'Place' },
};

/** Examples say what they are in many ways, or not at all. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ group: 'Group', member: 'Member', beneficiary: 'Beneficiary' },
  ...{ person: 'Person', srperson: 'Person', crvs_person: 'Person' },
};
const UNNAMED: Readonly<Partial<Record<SpecDomain, string>>> = { fr: 'Farmer', dr: 'DisabledPerson' };

const isNamed = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const emptyShape = (): Shape => ({ forms: new Set(), fields: new Map() });
const at = <Key>(map: Map<Key, Shape>, key: Key): Shape => {
  const known = map.get(key) ?? emptyShape();
  map.set(key, known);
  return known;
};

/** All that the five specifications show. */
export const specRecords = (): Shapes => new Map(DOMAINS.map((domain) => [domain, recordsOf(domain)]));

const recordsOf = (domain: SpecDomain): ReadonlyMap<string, Shape> => {
  const types = new Map<string, Shape>();
  const document = specDocument(domain);
  for (const schema of schemasOf(document, 'reg_records'))
    for (const example of examplesIn(document, schema)) addRecord(types, domain, example);
  return types;
};

/** Wherever a schema of this name stands. */
const schemasOf = (node: unknown, name: string): readonly unknown[] => {
  if (Array.isArray(node)) return node.flatMap((each) => schemasOf(each, name));
  if (!isNamed(node)) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === name ? [value] : schemasOf(value, name)));
};

const examplesIn = (document: unknown, schema: unknown): readonly Named[] => {
  if (Array.isArray(schema)) return schema.flatMap((each) => examplesIn(document, each));
  if (!isNamed(schema)) return [];
  if (typeof schema.$ref === 'string') return examplesIn(document, resolve(document, schema.$ref));
  // A schema, or an example that is written as one.
  const inner = ['items', 'example', 'xample'].flatMap((key) => examplesIn(document, schema[key]));
  if (schema.properties !== undefined) throw new Error('records have schemas of their own now: read them too');
  return inner.length > 0 || typeof schema.type === 'string' ? inner : [schema];
};

const resolve = (document: unknown, reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (isNamed(node) ? node[key.replaceAll('~1', '/')] : undefined), document);

const addRecord = (types: Map<string, Shape>, domain: SpecDomain, example: Named): void => {
  const named = String(example['@type'] ?? '').replace(/^.*:/, '');
  const type = TYPES[named.toLowerCase()] ?? UNNAMED[domain];
  if (type === undefined) throw new Error(`${domain}: what is ${named}?`);
  const isSupport = type === 'DisabledPerson' && 'human_assistance' in example;
  addValue(types, at(types, type), isSupport ? { disability_support: [example] } : example);
};

const addValue = (types: Map<string, Shape>, shape: Shape, value: unknown): void => {
  if (value === '' || value === null) return;
  shape.forms.add(formOf(value));
  if (Array.isArray(value)) {
    shape.item ??= emptyShape();
    for (const each of value) addValue(types, shape.item, each);
  } else if (isNamed(value))
    for (const [key, inner] of Object.entries(value)) {
      const name = key.replace(/^\w*:/, '');
      if (name.startsWith('@')) continue;
      const field = at(shape.fields, name);
      const type = TYPE_AT[name];
      if (type === undefined) addValue(types, field, inner);
      else if (inner !== '') field.forms.add(formOf(inner));
      if (type !== undefined)
        for (const each of [inner].flat()) if (isNamed(each)) addValue(types, at(types, type), each);
    }
};

const formOf = (value: unknown): Form => {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number' || typeof value === 'boolean') return typeof value as Form;
  return typeof value === 'object' ? 'object' : 'text';
};

/** Where a record leaves what the specifications show, each place once: `Person.address: list, shown as object`. */
export const recordProblems = (shapes: Shapes, domain: SpecDomain, record: Named): readonly string[] => {
  const found = new Set<string>();
  const ofType = (type: string): readonly Shape[] =>
    [domain, ...DOMAINS.filter((each) => each !== domain)].flatMap((each) => shapes.get(each)?.get(type) ?? []);

  const checkForm = (path: string, value: unknown, known: readonly Shape[]): void => {
    const forms = known.find((each) => each.forms.size > 0)?.forms;
    if (forms !== undefined && !forms.has(formOf(value)))
      found.add(`${path}: ${formOf(value)}, shown as ${[...forms].join(' or ')}`);
  };
  const check = (path: string, value: unknown, known: readonly Shape[]): void => {
    checkForm(path, value, known);
    // One and several are looked into alike: that they are not is told above.
    const items = known.flatMap((each) => each.item ?? []);
    if (Array.isArray(value))
      for (const each of value) {
        checkForm(path, each, items);
        checkInside(path, each, [...items, ...known]);
      }
    else checkInside(path, value, [...known, ...items]);
  };
  const checkInside = (path: string, value: unknown, known: readonly Shape[]): void => {
    if (isNamed(value)) checkFields(path, value, known);
  };
  const checkFields = (path: string, value: Named, known: readonly Shape[]): void => {
    for (const [name, inner] of Object.entries(value)) {
      if (name.startsWith('@')) continue;
      const place = `${path}.${name}`;
      const fields = known.flatMap((each) => each.fields.get(name) ?? []);
      const type = TYPE_AT[name];
      if (fields.length === 0) found.add(`${place}: not shown`);
      else if (type === undefined) check(place, inner, fields);
      else checkForm(place, inner, fields);
      if (type !== undefined) for (const each of [inner].flat()) checkInside(type, each, ofType(type));
    }
  };
  const type = String(record['@type']);
  checkFields(type, record, ofType(type));
  return [...found];
};

const VOCABULARY: ReadonlySet<string> = new Set(
  'each first when from const template codes else default need as format empty selective match split record only same'.split(
    ' ',
  ),
);

/** Fields that the records of a mapping have, as its YAML lists them: `Person.name.surname`. */
export const mappedFields = (records: unknown): readonly string[] =>
  Object.entries(isNamed(records) ? records : {}).flatMap(([type, record]) =>
    pathsIn(isNamed(record) ? record.fields : undefined, type, (name) => !VOCABULARY.has(name)),
  );

/** Fields that a record carries, in the same form. */
export const carriedFields = (record: Named): readonly string[] =>
  pathsIn(record, String(record['@type']), (name) => !name.startsWith('@'));

/** Lists are looked into, without their numbers. */
const pathsIn = (value: unknown, path: string, isField: (name: string) => boolean): readonly string[] => {
  if (Array.isArray(value)) return [path, ...value.flatMap((each) => pathsIn(each, path, isField))];
  const fields = isNamed(value) ? Object.entries(value).filter(([name]) => isField(name)) : [];
  return [path, ...fields.flatMap(([name, inner]) => pathsIn(inner, `${path}.${name}`, isField))];
};
