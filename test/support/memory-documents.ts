/** The port of the asynchronous half in memory: every operation in one step, on a state that can be copied and compared. */

import type {
  Collection,
  IndexValue,
  Lease,
  Range,
  Span,
  Stored,
  Write,
  WriteOutcome,
} from '../../src/store/documents.ts';
import { shapeOf, uniqueIndexes, valueAt } from '../../src/store/index-values.ts';
import type { Watch } from './footprint.ts';

interface Lane {
  wakes: number;
  nextDue: number | undefined;
  token: string | undefined;
  leaseUntil: number;
}

/** Order of SQLite and MongoDB: numbers by size, text by code point (as UTF-8 bytes), false before true. */
const compare = (a: IndexValue, b: IndexValue): number =>
  typeof a === 'string' && typeof b === 'string'
    ? Buffer.compare(Buffer.from(a), Buffer.from(b))
    : Number(a) - Number(b);

const fieldOf = (document: Stored, field: string): IndexValue | undefined =>
  field === '_id' ? document._id : valueAt(document, field);

interface Row {
  /** As the real stores keep it. */
  readonly text: string;
  /** What the text says; frozen, so that readers can share it. */
  readonly document: Stored;
}

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
};

const rowOf = (document: Stored): Row => {
  const text = JSON.stringify(document);
  return { text, document: freeze(JSON.parse(text) as Stored) };
};

/** Nothing that is written there is missed by whoever reads this range. */
const rangeOf = (collection: Collection, index: string, equals: readonly IndexValue[]): string =>
  `${collection.name}.${index} ${JSON.stringify(equals)}`;

const placeOf = (collection: Collection, id: string): string => `${collection.name} ${id}`;
const laneOf = (lane: string): string => `lane ${lane}`;
const ALL_LANES = 'lanes';

export class MemoryDocuments {
  readonly #tables = new Map<string, Map<string, Row>>();
  readonly #lanes = new Map<string, Lane>();
  readonly #watch: Watch | undefined;

  /** @param watch is told of all that is looked at and changed */
  constructor(watch?: Watch) {
    this.#watch = watch;
  }

  copy(watch?: Watch): MemoryDocuments {
    const copy = new MemoryDocuments(watch);
    for (const [name, rows] of this.#tables) copy.#tables.set(name, new Map(rows));
    for (const [name, lane] of this.#lanes) copy.#lanes.set(name, { ...lane });
    return copy;
  }

  /** What two states that behave alike have in common. */
  describe(): string {
    const tables = [...this.#tables].flatMap(([name, rows]) =>
      rows.size === 0 ? [] : [[name, [...rows.values()].map(({ text }) => text).sort()] as const],
    );
    return JSON.stringify([tables.sort(), [...this.#lanes].sort()]);
  }

  all<D extends Stored>(collection: Collection<D>): readonly D[] {
    this.#watch?.reads(collection.name);
    return this.#all(collection);
  }

  get<D extends Stored>(collection: Collection<D>, id: string): D | undefined {
    this.#watch?.reads(placeOf(collection, id));
    return this.#get(collection, id);
  }

  find<D extends Stored>(collection: Collection<D>, range: Range): readonly D[] {
    this.#watch?.reads(rangeOf(collection, range.index, range.equals));
    const { free } = shapeOf(collection, range);
    const found = this.#within(collection, range).sort((a, b) => {
      for (const field of free) {
        const order = compare(fieldOf(a, field) ?? 0, fieldOf(b, field) ?? 0);
        if (order !== 0) return range.order === 'desc' ? -order : order;
      }
      return 0;
    });
    return found.slice(0, range.limit);
  }

  count(collection: Collection, span: Span): number {
    this.#watch?.reads(rangeOf(collection, span.index, span.equals));
    return this.#within(collection, span).length;
  }

  insert(collection: Collection, document: Stored): string | undefined {
    this.#watch?.reads(placeOf(collection, document._id));
    if (this.#rows(collection).has(document._id)) return '_id';
    const refuser = this.#refuser(collection, document);
    if (refuser === undefined) this.#set(collection, document);
    return refuser;
  }

  replace(collection: Collection, document: Stored): boolean {
    if (this.get(collection, document._id)?.version !== document.version) return false;
    if (this.#refuser(collection, document) !== undefined) return false;
    this.#set(collection, { ...document, version: document.version + 1 });
    return true;
  }

  remove(collection: Collection, id: string): void {
    const found = this.get(collection, id);
    if (found === undefined) return;
    this.#touches(collection, found);
    this.#rows(collection).delete(id);
  }

  write(write: Write, now: number): WriteOutcome {
    switch (write.kind) {
      case 'insert':
        return this.insert(write.collection, write.document) === undefined ? 'done' : 'exists';
      case 'replace':
        return this.replace(write.collection, write.document) ? 'done' : 'changed';
      case 'remove':
        this.remove(write.collection, write.id);
        return 'done';
      case 'wake':
        this.wake(write.lane, now + write.inMs);
        return 'done';
    }
  }

  wake(lane: string, at: number): void {
    const found = this.#lanes.get(lane) ?? { wakes: 0, nextDue: undefined, token: undefined, leaseUntil: 0 };
    this.#changesLane(lane);
    this.#lanes.set(lane, { ...found, wakes: found.wakes + 1, nextDue: Math.min(found.nextDue ?? at, at) });
  }

  take(lane: string, owner: string, token: string, now: number, forMs: number): Lease | undefined {
    const found = this.#lane(lane);
    if (found === undefined || found.leaseUntil > now) return undefined;
    this.#changesLane(lane);
    Object.assign(found, { token, leaseUntil: now + forMs });
    return { lane, owner, token, wakes: found.wakes };
  }

  renew(lease: Lease, now: number, forMs: number): Lease | undefined {
    const found = this.#lane(lease.lane);
    if (found === undefined || found.token !== lease.token) return undefined;
    this.#changesLane(lease.lane);
    found.leaseUntil = now + forMs;
    return { ...lease, wakes: found.wakes };
  }

  release(lease: Lease, nextDue: number | undefined): 'released' | 'again' | 'lost' {
    const found = this.#lane(lease.lane);
    if (found === undefined || found.token !== lease.token) return 'lost';
    if (found.wakes !== lease.wakes) return 'again';
    this.#changesLane(lease.lane);
    Object.assign(found, { token: undefined, leaseUntil: 0, nextDue });
    return 'released';
  }

  /** Lanes that nobody owns and that are due some time, the earliest first. */
  waiting(now: number): readonly { readonly lane: string; readonly at: number }[] {
    this.#watch?.reads(ALL_LANES);
    return [...this.#lanes]
      .flatMap(([lane, { nextDue, leaseUntil }]) =>
        nextDue === undefined || leaseUntil > now ? [] : [{ lane, at: nextDue }],
      )
      .sort((a, b) => a.at - b.at || compare(a.lane, b.lane));
  }

  forgetIdleLanes(): number {
    const idle = [...this.#lanes].filter(([, { nextDue, token }]) => nextDue === undefined && token === undefined);
    for (const [lane] of idle) {
      this.#changesLane(lane);
      this.#lanes.delete(lane);
    }
    return idle.length;
  }

  #lane(lane: string): Lane | undefined {
    this.#watch?.reads(laneOf(lane));
    return this.#lanes.get(lane);
  }

  #changesLane(lane: string): void {
    this.#watch?.writes(laneOf(lane));
    this.#watch?.writes(ALL_LANES);
  }

  #set(collection: Collection, document: Stored): void {
    const before = this.#get(collection, document._id);
    if (before !== undefined) this.#touches(collection, before);
    this.#touches(collection, document);
    this.#rows(collection).set(document._id, rowOf(document));
  }

  /** Every range that it is in, however few of the index's fields are given. */
  #touches(collection: Collection, document: Stored): void {
    if (this.#watch === undefined) return;
    this.#watch.writes(collection.name);
    this.#watch.writes(placeOf(collection, document._id));
    this.#watch.writes(rangeOf(collection, '_id', []));
    for (const [index, { fields }] of Object.entries(collection.indexes)) {
      const values = fields.map((field) => fieldOf(document, field)).filter((value) => value !== undefined);
      if (values.length < fields.length) continue;
      for (let given = 0; given <= values.length; given++)
        this.#watch.writes(rangeOf(collection, index, values.slice(0, given)));
    }
  }

  #all<D extends Stored>(collection: Collection<D>): readonly D[] {
    return [...this.#rows(collection).values()].map(({ document }) => document as D);
  }

  #get<D extends Stored>(collection: Collection<D>, id: string): D | undefined {
    return this.#rows(collection).get(id)?.document as D | undefined;
  }

  #rows(collection: Collection): Map<string, Row> {
    const rows = this.#tables.get(collection.name) ?? new Map<string, Row>();
    this.#tables.set(collection.name, rows);
    return rows;
  }

  #within<D extends Stored>(collection: Collection<D>, span: Span): D[] {
    const { fields, fixed, free } = shapeOf(collection, span);
    return this.#all(collection).filter((document) => {
      if (fields.some((field) => fieldOf(document, field) === undefined)) return false;
      if (fixed.some((field, i) => fieldOf(document, field) !== span.equals[i])) return false;
      const value = fieldOf(document, free[0]);
      if (value === undefined) return false;
      return (
        (span.from === undefined || compare(value, span.from) >= 0) &&
        (span.above === undefined || compare(value, span.above) > 0) &&
        (span.upTo === undefined || compare(value, span.upTo) <= 0) &&
        (span.below === undefined || compare(value, span.below) < 0)
      );
    });
  }

  #refuser(collection: Collection, document: Stored): string | undefined {
    const found = uniqueIndexes(collection).find(([index, { fields }]) => {
      const values = fields.map((field) => fieldOf(document, field)).filter((value) => value !== undefined);
      if (values.length < fields.length) return false;
      this.#watch?.reads(rangeOf(collection, index, values));
      return this.#all(collection).some(
        (other) => other._id !== document._id && fields.every((field, i) => fieldOf(other, field) === values[i]),
      );
    });
    return found?.[0];
  }
}
