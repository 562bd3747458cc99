/**
 * Writes records for a partner that does not take them as the standard has them. A record is rendered first, with the
 * partner's rights and the query's selection on the standard's paths; what is written here holds nothing else.
 */

import type { RecordModel } from '../attribute.ts';
import { type FieldNode, type FieldTree, fieldTree } from './field-tree.ts';
import { isJsonLd, opensppName, opensppNamePart } from './openspp-names.ts';
import { isStandard, type OutputPolicy } from './policy.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface RecordOutput {
  /** Equal where two outputs write every record alike. */
  readonly key: string;
  /** The record, of this type, as the partner reads it; the given one is not changed. */
  write(recordType: string, record: Fields): Fields;
}

/** Undefined: records go out as they were rendered. Each record type is made ready once. */
export const recordOutput = (
  policy: OutputPolicy,
  models: ReadonlyMap<string, RecordModel>,
): RecordOutput | undefined => {
  if (isStandard(policy)) return undefined;
  const writers = new Map<string, WriteObject>();
  return {
    key: JSON.stringify(policy),
    write(recordType, record) {
      const known = writers.get(recordType);
      if (known !== undefined) return known(record);
      const model = models.get(recordType);
      const write = objectWriter(model === undefined ? new Map() : fieldTree(model), policy);
      writers.set(recordType, write);
      return write(record);
    },
  };
};

type WriteObject = (fields: Fields) => Fields;
type WriteValue = (value: unknown) => unknown;
type WriteField = (value: unknown, into: Record<string, unknown>) => void;

const objectWriter = (tree: FieldTree, policy: OutputPolicy): WriteObject => {
  const writers = new Map([...tree].map(([field, node]) => [field, fieldWriter(field, node, policy)]));
  const drops = policy.profile === 'openspp';
  return (fields) => {
    const into: Record<string, unknown> = {};
    for (const field of Object.keys(fields)) {
      const write = writers.get(field);
      if (write !== undefined) write(fields[field], into);
      else if (!drops || !isJsonLd(field)) into[field] = fields[field];
    }
    return into;
  };
};

const fieldWriter = (field: string, node: FieldNode, policy: OutputPolicy): WriteField => {
  if (policy.profile === 'openspp' && isPersonName(field, node)) return nameWriter(node, policy);
  const name = policy.profile === 'openspp' ? opensppName(field) : field;
  const write = valueWriter(field, node, policy);
  return (value, into) => {
    into[name] = write(value);
  };
};

/** Lists are written item by item. */
const valueWriter = (field: string, node: FieldNode, policy: OutputPolicy): WriteValue => {
  if (node.below.size > 0) {
    const write = objectWriter(node.below, policy);
    return eachOf((value) => (isFields(value) ? write(value) : value));
  }
  const labels = labelsOf(field, node, policy);
  if (labels.size === 0) return (value) => value;
  return eachOf((value) => (typeof value === 'string' ? (labels.get(value) ?? value) : value));
};

const labelsOf = (field: string, { labels }: FieldNode, policy: OutputPolicy): ReadonlyMap<string, string> => {
  const { values, identifierTypes, typeNames = {} } = policy;
  if (field !== 'identifier_type') return values === 'labels' ? labels : new Map();
  return identifierTypes === 'names' ? new Map([...labels, ...Object.entries(typeNames)]) : new Map();
};

const eachOf =
  (write: WriteValue): WriteValue =>
  (value) =>
    Array.isArray(value) ? value.map(write) : write(value);

const isPersonName = (field: string, { below }: FieldNode): boolean =>
  field === 'name' && below.size > 0 && [...below.keys()].every((part) => opensppNamePart(part) !== undefined);

const nameWriter = ({ below }: FieldNode, policy: OutputPolicy): WriteField => {
  const parts = [...below].map(
    ([part, node]) => [part, opensppNamePart(part) ?? part, valueWriter(part, node, policy)] as const,
  );
  return (value, into) => {
    if (!isFields(value)) return;
    for (const [part, name, write] of parts) if (value[part] !== undefined) into[name] = write(value[part]);
  };
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
