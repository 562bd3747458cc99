/**
 * Dialect 6 (PROTOCOL 6): a closed subset of GraphQL, parsed and never evaluated. One root field names the record type,
 * its arguments are equalities, its selection is the projection.
 */

// Its parser alone: the whole package is a hundred files more at each start.
import { GraphQLError } from 'graphql/error/index.js';
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type ObjectFieldNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql/language/index.js';
import type { RawFilter } from '../../dci/filter.ts';
import { type JsonNode, JsonNumber } from '../../dci/json-node.ts';
import type { Meter } from '../limits.ts';
import { badCriteria, badValue, quoted } from '../refuse.ts';
import { rawCompare } from './compare.ts';
import { decodeIdentifier } from './identifier.ts';

export interface DecodedGraphql {
  readonly raw: RawFilter;
  /** The root field's name, as written. */
  readonly recordType: string;
  /** Dotted paths as written. */
  readonly projection: readonly string[];
}

/** Throws `ItemRejection` for everything outside the subset, and for a text over the byte or token limit before it is read. */
export const decodeGraphql = (text: string, meter: Meter): DecodedGraphql => {
  if (Buffer.byteLength(text) > meter.limits.graphqlBytes) {
    throw badCriteria(`The GraphQL text has over ${meter.limits.graphqlBytes} bytes.`);
  }
  const root = rootField(parseText(text, meter.limits.graphqlTokens));
  const of = root.arguments?.map((each) => decodeArgument(each.name.value, each.value, meter)) ?? [];
  refuseRepeats(root.arguments?.map((each) => each.name.value) ?? []);
  const [first] = of;
  // Without an argument it would ask for everybody.
  if (first === undefined) throw badCriteria('The GraphQL root field needs arguments.');
  if (of.length > 1) meter.node();
  return {
    raw: of.length === 1 ? first : { kind: 'and', of },
    recordType: root.name.value,
    projection: paths(root.selectionSet, ''),
  };
};

/** The specs print operations without the word `query` (`GeBirthRecordById { person(…) {…} }`). */
const parseText = (text: string, maxTokens: number): DocumentNode => {
  const lacksKeyword = /^\s*(?!(?:query|mutation|subscription|fragment)\b)[A-Za-z_]/.test(text);
  try {
    return parse(lacksKeyword ? `query ${text}` : text, { maxTokens, noLocation: true });
  } catch (error) {
    // Its message quotes the text, which may hold personal data.
    if (error instanceof GraphQLError) throw badCriteria('The GraphQL text cannot be read, or is too long.');
    throw error;
  }
};

const rootField = (document: DocumentNode): FieldNode => {
  const [operation] = document.definitions;
  if (document.definitions.length !== 1 || operation?.kind !== Kind.OPERATION_DEFINITION) {
    throw badCriteria('GraphQL: exactly one query is accepted.');
  }
  if (operation.operation !== 'query') throw badCriteria('GraphQL: only queries are accepted.');
  if (operation.variableDefinitions?.length) throw badCriteria('GraphQL: variables are not accepted.');
  if (operation.directives?.length) throw badCriteria('GraphQL: directives are not accepted.');
  const fields = fieldsOf(operation.selectionSet);
  const [root] = fields;
  if (root === undefined || fields.length !== 1) throw badCriteria('GraphQL: exactly one root field is accepted.');
  return root;
};

const fieldsOf = (selection: SelectionSetNode): FieldNode[] =>
  selection.selections.map((each) => {
    if (each.kind !== Kind.FIELD) throw badCriteria('GraphQL: fragments are not accepted.');
    if (each.directives?.length) throw badCriteria('GraphQL: directives are not accepted.');
    if (each.alias !== undefined) throw badCriteria('GraphQL: aliases are not accepted.');
    return each;
  });

const paths = (selection: SelectionSetNode | undefined, prefix: string): readonly string[] => {
  if (selection === undefined) throw badCriteria('GraphQL: the root field needs a selection.');
  return fieldsOf(selection).flatMap((field) => {
    if (field.arguments?.length) throw badCriteria(`GraphQL: field ${quoted(field.name.value)} takes no arguments.`);
    const path = `${prefix}${field.name.value}`;
    return field.selectionSet === undefined ? [path] : paths(field.selectionSet, `${path}.`);
  });
};

/** `identifier: {type, value}` is a look-up of the record's own; another object is dotted names, ANDed within one `and`. */
const decodeArgument = (name: string, value: ValueNode, meter: Meter): RawFilter => {
  if (value.kind !== Kind.OBJECT) return rawCompare(name, 'eq', plainValue(name, value), meter);
  refuseRepeats(value.fields.map((each) => each.name.value));
  const keys = value.fields.map((each) => each.name.value).sort();
  if (name === 'identifier' && keys.join() === 'type,value') {
    return decodeIdentifier(Object.fromEntries(value.fields.map((each) => lookupMember(name, each))), meter);
  }
  meter.node();
  const of = value.fields.map((each) => decodeArgument(`${name}.${each.name.value}`, each.value, meter));
  const [only] = of;
  if (only === undefined) throw badValue(name, 'a value');
  return of.length === 1 ? only : { kind: 'and', of };
};

const lookupMember = (name: string, field: ObjectFieldNode): [string, JsonNode] => [
  field.name.value,
  plainValue(name, field.value),
];

const plainValue = (name: string, value: ValueNode): JsonNode => {
  switch (value.kind) {
    case Kind.STRING:
    case Kind.ENUM:
    case Kind.BOOLEAN:
      return value.value;
    case Kind.INT:
    case Kind.FLOAT:
      return new JsonNumber(value.value);
    default:
      throw badValue(name, 'text, a number, true or false'); // lists, null, variables
  }
};

/** The grammar lets arguments and members repeat; which one would count is a guess. */
const refuseRepeats = (names: readonly string[]): void => {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badCriteria(`GraphQL: ${quoted(twice)} stands twice.`);
};
