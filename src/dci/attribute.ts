/** What can be asked of a record type: the attributes a mapping offers, in DCI names. */

import type { Operator } from './filter.ts';

export type AttributeType = 'text' | 'integer' | 'number' | 'boolean' | 'date' | 'datetime';

/** A step on the way to an attribute: the record type and the path within that record. */
export interface AttributeStep {
  readonly record: string;
  /** Dotted path in this record: `birth_date`, `name.surname`, `member_list`. */
  readonly path: string;
}

export interface Attribute {
  /** Canonical dotted path from the searched record: `member_list.demographic_info.birth_date`. Unique in its record type. */
  readonly path: string;
  readonly type: AttributeType;
  /** What the values may be: code → labels. Values are coerced through it, both ways and in any case. Open lists also take other text. */
  readonly codes?: CodeList;
  /** Dotted paths of the lists it lies in, outermost first: `['member_list', 'member_list.member_identifier']`. Empty: one value a record. */
  readonly lists: readonly string[];
  /**
   * Whose rights it needs, outermost record first: `Group.member_list`, `Member.demographic_info`, `Person.birth_date`.
   * An attribute with several sources (`any`) has several chains, all of which are needed.
   */
  readonly chains: readonly (readonly AttributeStep[])[];
  /** Operators that can be expressed on its source. */
  readonly operators: ReadonlySet<Operator>;
  /** Whether an `eq` or `in` on it counts as selective (PROTOCOL 6). */
  readonly selective: boolean;
  readonly sortable: boolean;
  /** How its text compares where that is not exactly: letters' case, or case and accents, are folded. */
  readonly match?: 'nocase' | 'fold';
  /** It reads a column that an identifier's value is read from: whoever asks for it tries identifiers, under whatever name. */
  readonly identifies?: true;
}

export interface CodeList {
  readonly name: string;
  /** Code → labels under which it is known too. */
  readonly codes: ReadonlyMap<string, readonly string[]>;
  /** How a code is written for partners that take labels; one that is not here stays as it is. */
  readonly labels: ReadonlyMap<string, string>;
  /** True where text outside the list is a value as well. */
  readonly open: boolean;
}

/** The attributes of one record type. */
export interface RecordModel {
  /** `Person`, `Group`, `Member`, … */
  readonly type: string;
  /** By canonical path, and by the further names that the mapping gives. Common aliases (`dob`, `given_name`) are the query decoder's. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Path of the list that identifier queries look in, with its two members: `identifier` of a Person, `group_identifier` of a Group. */
  readonly identifiers: string | undefined;
  /**
   * Every path that can be rendered, leaf or not, searchable or not: what a query's selection may name. Absent: the
   * attributes' paths and those above them.
   */
  readonly fields?: ReadonlySet<string>;
  /** Of rendered paths with codes, searchable or not: code → label. */
  readonly labels?: ReadonlyMap<string, ReadonlyMap<string, string>>;
}
