import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { distinct, explain, type Mistake, pathOf } from './explain.ts';
import { FORMATS } from './formats.ts';
import { nearestPlace, type Place } from './place.ts';

const makeAjv = (whose: 'ours' | 'plugin'): Ajv => {
  const ours = whose === 'ours';
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: ours, // a plugin's schema may hold keywords that ajv does not know
    strictRequired: false,
    allowUnionTypes: true,
    verbose: true,
    // Ours is held to the meta-schema by a test; compiling that takes longer at a start than checking the configuration.
    validateSchema: !ours,
    code: { optimize: false }, // for validators that run often: these run once
  });
  for (const [name, { ok }] of Object.entries(FORMATS)) ajv.addFormat(name, ok);
  ajv.addKeyword({ keyword: 'fix', schemaType: 'string' }); // a schema's own advice
  return ajv;
};

/** Schemas are constants: each is compiled once, however many configurations are read. */
const compiled = new WeakMap<object, ValidateFunction>();

/** Compiles a section's schema. Keys without a value get their defaults. */
export const compileSchema = (schema: object, whose: 'ours' | 'plugin' = 'ours'): ValidateFunction => {
  const validate = compiled.get(schema) ?? makeAjv(whose).compile(schema);
  compiled.set(schema, validate);
  return validate;
};

/** Every mistake that the schema sees in the value. Fills in defaults, and turns text from the environment into what is wanted. */
export const findMistakes = (validate: ValidateFunction, value: unknown, place: Place): Mistake[] => {
  const root = { value };
  if (!validate(value) && coerceEnvironment(root, validate.errors ?? [], place)) validate(value);
  return distinct(
    (validate.errors ?? [])
      .filter(({ keyword, propertyName }) => keyword !== 'if' && propertyName === undefined)
      .map(explain),
  );
};

/** `"${PORT}"` is text; where the schema wants a number or a boolean it becomes one. */
const coerceEnvironment = (root: { value: unknown }, errors: readonly ErrorObject[], place: Place): boolean => {
  let changed = false;
  for (const { keyword, instancePath, data, schema } of errors) {
    const path = pathOf(instancePath);
    const from = path.length > 0 && nearestPlace(place, path);
    if (keyword !== 'type' || typeof data !== 'string' || !from || from.fromEnvironment !== true) continue;
    const wanted =
      schema === 'boolean'
        ? { true: true, false: false }[data]
        : /^-?\d+(\.\d+)?$/.test(data)
          ? Number(data)
          : undefined;
    if (wanted === undefined) continue;
    const last = path[path.length - 1] ?? '';
    const parent = path.slice(0, -1).reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], root.value); // ajv walked here
    (parent as Record<string, unknown>)[last] = wanted;
    changed = true;
  }
  return changed;
};
