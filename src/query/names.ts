/** A caller's name → the model's attribute, and the paths of lists and fields. */

import type { Attribute, RecordModel } from '../dci/attribute.ts';
import { candidatePaths } from './aliases.ts';

/** The mapping's own names first, then aliases. Undefined: there is no such attribute. */
export const findAttribute = (name: string, model: RecordModel): Attribute | undefined =>
  model.attributes.get(name) ?? firstOf(name, model, (path) => model.attributes.get(path));

/** Canonical path of a list that attributes of this model lie in. */
export const findList = (name: string, model: RecordModel): string | undefined =>
  firstOf(name, model, (path) =>
    [...model.attributes.values()].some((attribute) => attribute.lists.includes(path)) ? path : undefined,
  );

/** Canonical path of a field that can be rendered, or of something above one. */
export const findField = (name: string, model: RecordModel): string | undefined => {
  const field = firstOf(name, model, (path) => (isField(path, model) ? path : undefined));
  // In a comparison `identifier` is short for its value; in a selection it is the list.
  if (field !== undefined) return /value$/i.test(name) ? field : withoutValue(field);
  // A name that the mapping gives itself is a field where it stands for one.
  const path = model.attributes.get(name)?.path;
  return path !== undefined && isField(path, model) ? withoutValue(path) : undefined;
};

/** The fields that a name of several stands for (`parents: { any: […] }`), where all of them can be rendered. */
export const findFieldsOf = (name: string, model: RecordModel): readonly string[] => {
  const paths = (model.attributes.get(name)?.chains ?? []).map((chain) => chain.map(({ path }) => path).join('.'));
  return paths.every((path) => isField(path, model)) ? paths.map(withoutValue) : [];
};

const withoutValue = (path: string): string => path.replace(/\.identifier_value$/, '');

const isField = (path: string, model: RecordModel): boolean => {
  if (model.fields !== undefined) return model.fields.has(path);
  return [...model.attributes.values()].some((attribute) => `${attribute.path}.`.startsWith(`${path}.`));
};

const firstOf = <T>(name: string, model: RecordModel, look: (path: string) => T | undefined): T | undefined => {
  for (const path of candidatePaths(name, model.type)) {
    const found = look(path);
    if (found !== undefined) return found;
  }
  return undefined;
};
