/** What rights can name of each record type, as far as a mapping tells without the registry. */

import { follow } from './resolve.ts';
import type { MappingDefinition, NodeSpec, RecordDefinition } from './spec.ts';

export interface NamedPaths {
  /** Dotted paths of DCI fields, those of objects and lists too. A nested record's own fields are named under its type. */
  readonly fields: ReadonlySet<string>;
  /** Attributes that the mapping adds and that are no other name of a field. */
  readonly attributes: ReadonlySet<string>;
  /** Further names that the mapping gives attributes, each with the path that it stands for (of several: the first). */
  readonly names: ReadonlyMap<string, string>;
  /** Where other records are nested, among `fields`: path → record type. */
  readonly nested: ReadonlyMap<string, string>;
}

const DEEPEST = 12; // names; records of the standard have half as many

export const namedPaths = ({ records }: Pick<MappingDefinition, 'records'>): ReadonlyMap<string, NamedPaths> =>
  new Map([...records].map(([type, record]) => [type, pathsOf(record, records)]));

const pathsOf = ({ fields, attributes }: RecordDefinition, records: MappingDefinition['records']): NamedPaths => {
  const names = new Map<string, string>();
  const into = { fields: new Set<string>(), attributes: new Set<string>(), names, nested: new Map<string, string>() };
  const walk = (path: string, written: NodeSpec, found: Set<string>): void => {
    const node = follow(records, written);
    found.add(path);
    if (node?.kind === 'record') into.nested.set(path, node.record);
    if (path.split('.').length > DEEPEST) return; // an object that holds itself
    if (node?.kind === 'list') for (const item of node.items) walk(path, item, found);
    if (node?.kind === 'object') for (const [name, below] of node.fields) walk(`${path}.${name}`, below, found);
  };
  for (const [name, node] of fields) walk(name, node, into.fields);
  for (const [name, added] of attributes) {
    if (added.kind === 'node') walk(name, added.node, into.attributes);
    else names.set(name, added.kind === 'paths' ? (added.paths[0] ?? '') : added.target);
  }
  return into;
};
