/**
 * The port of the asynchronous half: collections of small documents with deterministic ids whose versions are compared
 * and set, and lanes of work that are leased. Everything that must survive is written through these and nothing else, so
 * that the flows are the same on SQLite, on MongoDB and in the explored store of the tests. One pair of contract suites
 * (`test/contract/documents.suite.ts`, `lanes.suite.ts`) runs on all three.
 *
 * Every method rejects with `StoreError` when the store cannot answer. That counts as "not done", although the write may
 * have arrived: what is tried again must be keyed so that it meets itself.
 */

export type IndexValue = string | number | boolean;

/** A document: JSON values only (a member that is undefined is absent). `_id` is the writer's choice; `version` is 1 when it is inserted and grows by one with every replacement. */
export interface Stored {
  readonly _id: string;
  readonly version: number;
}

export interface Index {
  /**
   * Names of members, dotted for nested ones; each holds one type of value (text, number or boolean) wherever it is there.
   * A document that lacks one of them is not in the index. That is what makes a unique index partial.
   * Every index ends with `_id`, unseen: documents that are equal in all fields stand in the order of their ids.
   */
  readonly fields: readonly string[];
  readonly unique?: boolean;
}

/** `D` is the type of its documents, `I` the names of its indexes. */
export interface Collection<D extends Stored = Stored, I extends string = string> {
  /** `[a-z_]+` */
  readonly name: string;
  readonly indexes: Readonly<Record<I, Index>>;
  /** Only carries the type. */
  readonly of?: D;
}

export const collectionOf =
  <D extends Stored>() =>
  <const I extends string>(name: string, indexes: Readonly<Record<I, Index>>): Collection<D, I> => ({ name, indexes });

/** Documents of one index, text by code point, numbers by size, false before true. */
export interface Span<I extends string = string> {
  /** Or `_id`. */
  readonly index: I | '_id';
  /** Equality on the index's first fields. */
  readonly equals: readonly IndexValue[];
  /** Bounds of the field after those of `equals`; after the last field that is `_id`, by which one pages. */
  readonly from?: IndexValue;
  readonly above?: IndexValue;
  readonly upTo?: IndexValue;
  readonly below?: IndexValue;
}

export interface Range<I extends string = string> extends Span<I> {
  /** By the fields after those of `equals`, then `_id`; `asc` by default. */
  readonly order?: 'asc' | 'desc';
  readonly limit: number;
}

/** `by`: `_id`, or the name of the unique index that refused it. */
export type Insertion = { readonly done: true } | { readonly done: false; readonly by: string };

/** One write of a flow, made by the functions below. */
export type Write =
  | {
      readonly kind: 'insert';
      readonly collection: Collection;
      readonly document: Stored;
      /** One that exists is as good as inserted: it does not end the group. */
      readonly ifAbsent: boolean;
    }
  | { readonly kind: 'replace'; readonly collection: Collection; readonly document: Stored }
  | { readonly kind: 'remove'; readonly collection: Collection; readonly id: string }
  | { readonly kind: 'wake'; readonly lane: string; readonly inMs: number };

/**
 * `exists`: an insert that was refused, by `_id` or a unique index. `changed`: a replacement of a document that has another
 * version, is gone, or would break a unique index. `skipped`: it stands after one of these.
 */
export type WriteOutcome = 'done' | 'exists' | 'changed' | 'skipped';

export interface Documents {
  get<D extends Stored>(collection: Collection<D>, id: string): Promise<D | undefined>;
  find<D extends Stored, I extends string>(collection: Collection<D, I>, range: Range<I>): Promise<readonly D[]>;
  count<D extends Stored, I extends string>(collection: Collection<D, I>, span: Span<I>): Promise<number>;
  insert<D extends Stored>(collection: Collection<D>, document: D): Promise<Insertion>;
  /**
   * Compare-and-set: takes effect only while the stored version is `document.version`, and stores it with version + 1.
   * False: it has another version, is gone, or a unique index refuses it.
   */
  replace<D extends Stored>(collection: Collection<D>, document: D): Promise<boolean>;
  remove(collection: Collection, id: string): Promise<void>;
  /**
   * The writes of one flow, in this order; one that takes no effect ends the group, those before it stay. They may be
   * interrupted between any two: SQLite writes them in one transaction, MongoDB one after the other.
   * @returns one outcome a write
   */
  apply(writes: readonly Write[]): Promise<readonly WriteOutcome[]>;
}

export const insertOf = <D extends Stored>(collection: Collection<D>, document: D): Write => ({
  kind: 'insert',
  collection,
  document,
  ifAbsent: false,
});

export const insertIfAbsentOf = <D extends Stored>(collection: Collection<D>, document: D): Write => ({
  kind: 'insert',
  collection,
  document,
  ifAbsent: true,
});

export const replaceOf = <D extends Stored>(collection: Collection<D>, document: D): Write => ({
  kind: 'replace',
  collection,
  document,
});

export const removeOf = (collection: Collection, id: string): Write => ({ kind: 'remove', collection, id });

/** Stands after the work it announces. */
export const wakeOf = (lane: string, inMs: number): Write => ({ kind: 'wake', lane, inMs });

/**
 * Lanes of work, each owned through a lease. All times are of the store's own clock, since a replica's may be wrong:
 * callers give and get spans of milliseconds.
 */
export interface Lanes {
  /**
   * There is work in this lane that is due in `inMs`: counts one more wake-up, and the lane is due at the earlier of its
   * time and this one. Write the work first. A wake-up that finds the lane owned must come here as well.
   */
  wake(lane: string, inMs: number): Promise<void>;
  /** Undefined while another lease of it lives, and for a lane that was never woken. */
  take(lane: string, owner: string, forMs: number): Promise<Lease | undefined>;
  /** Prolongs it from now on, and tells the wake-ups so far: come here before each look for work. Undefined: another took the lane. */
  renew(lease: Lease, forMs: number): Promise<Lease | undefined>;
  /**
   * Gives the lane back, due in `nextDueInMs` or (undefined) when it is woken. `again`: it was woken since the lease was
   * taken or renewed, so there may be work that was not seen: renew and look again. `lost`: another took the lane.
   */
  release(lease: Lease, nextDueInMs: number | undefined): Promise<'released' | 'again' | 'lost'>;
  /** Lanes that are due and that nobody owns, oldest first. */
  due(limit: number): Promise<readonly string[]>;
  /** Until the earliest time at which a lane is due that nobody owns, at least 0; undefined when no such lane will be. */
  nextDueInMs(): Promise<number | undefined>;
  /** Removes the lanes that nobody owns and that will not be due: whoever wakes one makes it anew. @returns how many */
  forgetIdle(): Promise<number>;
}

export interface Lease {
  readonly lane: string;
  readonly owner: string;
  /** Tells this lease from every other. */
  readonly token: string;
  /** Wake-ups so far, when it was taken or renewed; `release` compares it. */
  readonly wakes: number;
}
