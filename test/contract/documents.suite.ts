/** What every adapter of `Documents` keeps to. A fault found in one adapter becomes a case here. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  collectionOf,
  type Documents,
  insertIfAbsentOf,
  insertOf,
  type Lanes,
  removeOf,
  replaceOf,
  type Stored,
  wakeOf,
} from '../../src/store/documents.ts';
import { AT_ONCE, ODD_TEXTS, times } from './store-subject.ts';

export interface Thing extends Stored {
  readonly mark?: string | undefined;
  readonly lane?: string;
  readonly seq?: number;
  readonly state?: string;
  readonly dueAt?: number;
  readonly live?: boolean;
  readonly inner?: { readonly kind?: string };
  readonly note?: unknown;
}

/** A store for the suite is opened with this collection. */
export const THINGS = collectionOf<Thing>()('things', {
  mark: { fields: ['mark'], unique: true },
  place: { fields: ['lane', 'seq'], unique: true },
  byLane: { fields: ['lane', 'state', 'dueAt'] },
  byInner: { fields: ['inner.kind', 'live'] },
  byLife: { fields: ['live', 'dueAt'] },
});

export interface DocumentsSubject extends AsyncDisposable {
  readonly documents: Documents;
  readonly lanes: Lanes;
  /** The same data, opened again. Absent where nothing survives. */
  readonly reopen?: () => Promise<{ readonly documents: Documents }>;
}

export type MakeDocuments = () => Promise<DocumentsSubject>;

const thing = (_id: string, rest: Omit<Thing, '_id' | 'version'> = {}): Thing => ({ _id, version: 1, ...rest });
const idsOf = (found: readonly Stored[]): string[] => found.map(({ _id }) => _id);

export const documentsSuite = (name: string, make: MakeDocuments): void => {
  describe(`the Documents contract on ${name}`, () => {
    oneDocument(make);
    uniqueness(make);
    searches(make);
    groups(make);
  });
};

const oneDocument = (make: MakeDocuments): void => {
  it('gives a document back as it was inserted, whatever its values and names are', async () => {
    await using made = await make();
    const { documents } = made;
    for (const text of ODD_TEXTS) {
      const note = { [text]: [text, { deep: text }], list: [1, 2.5, -0.25, 1e300, true, false, null, ''], empty: {} };
      const document = thing(text, { mark: text, lane: text, seq: 1, inner: { kind: text }, note });
      assert.deepEqual(await documents.insert(THINGS, document), { done: true }, text);
    }
    for (const text of ODD_TEXTS) {
      const found = await documents.get(THINGS, text);
      assert.equal(found?.mark, text);
      assert.deepEqual(new Map(Object.entries(found.note ?? {})).get(text), [text, { deep: text }]);
      assert.deepEqual(idsOf(await documents.find(THINGS, { index: 'mark', equals: [text], limit: 9 })), [text]);
    }
    const strange = JSON.parse(
      '{"$ref":"a","$id":1,"$db":"c","_bsontype":"ObjectId","__proto__":{"x":1},"a.b":{"$gt":""}}',
    );
    await documents.insert(THINGS, thing('strange', { note: strange }));
    assert.deepEqual((await documents.get(THINGS, 'strange'))?.note, strange);
    assert.equal(await documents.get(THINGS, 'nothing'), undefined);
  });

  it('keeps two million letters', async () => {
    await using made = await make();
    const note = 'é'.repeat(2_000_000);
    await made.documents.insert(THINGS, thing('big', { note }));
    assert.equal((await made.documents.get(THINGS, 'big'))?.note, note);
  });

  it('replaces by compare and set: one of fifty writers of a version wins, and the version grows by one', async () => {
    await using made = await make();
    const { documents } = made;
    await documents.insert(THINGS, thing('a'));
    const won = await Promise.all(times(AT_ONCE, (i) => documents.replace(THINGS, thing('a', { note: i }))));
    assert.equal(won.filter(Boolean).length, 1);
    assert.deepEqual(await documents.get(THINGS, 'a'), { _id: 'a', version: 2, note: won.indexOf(true) });
    assert.equal(await documents.replace(THINGS, thing('a')), false, 'an old version');
    assert.equal(await documents.replace(THINGS, { ...thing('a'), version: 3 }), false, 'a version to come');
    assert.equal(await documents.replace(THINGS, thing('nobody')), false);
    assert.equal(await documents.get(THINGS, 'nobody'), undefined);
  });

  it('tells of fifty replacements of one moment which were made, beside some that are late and some that are refused', async () => {
    await using made = await make();
    const { documents } = made;
    await documents.insert(THINGS, thing('holder', { mark: 'taken' }));
    await documents.apply(times(AT_ONCE, (i) => insertOf(THINGS, thing(`d${i}`))));
    const next = (i: number): Thing => ({
      ...thing(`d${i}`, { note: i, ...(i % 5 === 1 && { mark: 'taken' }) }),
      version: i % 5 === 0 ? 7 : 1,
    });
    const made50 = await Promise.all(times(AT_ONCE, (i) => documents.replace(THINGS, next(i))));
    assert.deepEqual(made50, times(AT_ONCE, (i) => i % 5 > 1)); // biome-ignore format: one look
    for (let i = 0; i < AT_ONCE; i++) {
      const stored = await documents.get(THINGS, `d${i}`);
      assert.deepEqual(stored, i % 5 > 1 ? { ...thing(`d${i}`, { note: i }), version: 2 } : thing(`d${i}`));
    }
  });

  it('loses no update of ten that read, add one and try again', async () => {
    await using made = await make();
    const { documents } = made;
    await documents.insert(THINGS, thing('sum', { seq: 0 }));
    const addOne = async (): Promise<void> => {
      for (;;) {
        const now = await documents.get(THINGS, 'sum');
        assert.ok(now);
        if (await documents.replace(THINGS, { ...now, seq: (now.seq ?? 0) + 1 })) return;
      }
    };
    await Promise.all(times(10, addOne));
    assert.deepEqual(await documents.get(THINGS, 'sum'), { _id: 'sum', version: 11, seq: 10 });
  });

  it('removes a document, and does nothing where there is none', async () => {
    await using made = await make();
    await made.documents.insert(THINGS, thing('a', { mark: 'm' }));
    await made.documents.remove(THINGS, 'a');
    await made.documents.remove(THINGS, 'a');
    assert.equal(await made.documents.get(THINGS, 'a'), undefined);
    assert.deepEqual(
      await made.documents.insert(THINGS, thing('b', { mark: 'm' })),
      { done: true },
      'its mark is free',
    );
  });

  it('keeps what was written when it is opened again', async (t) => {
    await using made = await make();
    if (made.reopen === undefined) return t.skip('nothing survives there');
    await made.documents.insert(THINGS, thing('a', { mark: 'm', live: true, dueAt: 5 }));
    const again = await made.reopen();
    assert.deepEqual(await again.documents.get(THINGS, 'a'), thing('a', { mark: 'm', live: true, dueAt: 5 }));
    assert.deepEqual(idsOf(await again.documents.find(THINGS, { index: 'byLife', equals: [true], limit: 9 })), ['a']);
    assert.deepEqual(await again.documents.insert(THINGS, thing('b', { mark: 'm' })), { done: false, by: 'mark' });
  });
};

const uniqueness = (make: MakeDocuments): void => {
  it('lets one of fifty inserts of an id win, and one of fifty of a unique value', async () => {
    await using made = await make();
    const { documents } = made;
    const sameId = await Promise.all(times(AT_ONCE, (i) => documents.insert(THINGS, thing('a', { note: i }))));
    assert.equal(sameId.filter(({ done }) => done).length, 1);
    assert.ok(sameId.every((each) => each.done || each.by === '_id'));
    assert.equal(
      (await documents.get(THINGS, 'a'))?.note,
      sameId.findIndex(({ done }) => done),
    );
    const samePlace = await Promise.all(
      times(AT_ONCE, (i) => documents.insert(THINGS, thing(`p${i}`, { lane: 'l', seq: 7 }))),
    );
    assert.equal(samePlace.filter(({ done }) => done).length, 1);
    assert.ok(samePlace.every((each) => each.done || each.by === 'place'));
    assert.equal(await documents.count(THINGS, { index: '_id', equals: [] }), 2);
  });

  it('names what refused an insert: the id before an index, an index before a later one', async () => {
    await using made = await make();
    const { documents } = made;
    await documents.insert(THINGS, thing('a', { mark: 'm', lane: 'l', seq: 1 }));
    assert.deepEqual(await documents.insert(THINGS, thing('a', { mark: 'm' })), { done: false, by: '_id' });
    assert.deepEqual(await documents.insert(THINGS, thing('b', { mark: 'm', lane: 'l', seq: 1 })), {
      done: false,
      by: 'mark',
    });
    assert.deepEqual(await documents.insert(THINGS, thing('b', { mark: 'n', lane: 'l', seq: 1 })), {
      done: false,
      by: 'place',
    });
    assert.deepEqual(await documents.insert(THINGS, thing('b', { mark: 'n', lane: 'l', seq: 2 })), { done: true });
  });

  it('holds documents that lack a field of a unique index against nobody', async () => {
    await using made = await make();
    for (const id of ['a', 'b']) {
      assert.deepEqual(await made.documents.insert(THINGS, thing(id, { lane: 'l' })), { done: true });
      assert.deepEqual(await made.documents.insert(THINGS, thing(`${id}1`, { seq: 3, mark: undefined })), {
        done: true,
      });
    }
  });

  it('tells unique values apart by case, accents and trailing blanks', async () => {
    await using made = await make();
    for (const mark of ['abc', 'ABC', 'abc ', 'ábc', ''])
      assert.deepEqual(await made.documents.insert(THINGS, thing(`of ${mark}`, { mark })), { done: true }, mark);
  });

  it('frees what a replacement gave up, and refuses one that would break a unique index', async () => {
    await using made = await make();
    const { documents } = made;
    await documents.insert(THINGS, thing('a', { mark: 'm' }));
    await documents.insert(THINGS, thing('b', { mark: 'n' }));
    assert.equal(await documents.replace(THINGS, thing('b', { mark: 'm' })), false);
    assert.equal((await documents.get(THINGS, 'b'))?.mark, 'n');
    assert.equal(await documents.replace(THINGS, thing('a', { mark: undefined })), true);
    assert.deepEqual(await documents.get(THINGS, 'a'), { _id: 'a', version: 2 });
    assert.equal(await documents.replace(THINGS, thing('b', { mark: 'm' })), true);
  });
};

const searches = (make: MakeDocuments): void => {
  it('finds by the first fields of an index, in the order of the others, within bounds', async () => {
    await using made = await make();
    const { documents } = made;
    const dues = [5, -1, 30, 2.5, 10];
    for (const dueAt of dues)
      await documents.insert(THINGS, thing(`d${dueAt}`, { lane: 'l', state: 'pending', dueAt }));
    await documents.insert(THINGS, thing('other state', { lane: 'l', state: 'dead', dueAt: 5 }));
    await documents.insert(THINGS, thing('other lane', { lane: 'l ', state: 'pending', dueAt: 5 }));
    await documents.insert(THINGS, thing('no time', { lane: 'l', state: 'pending' }));
    const find = async (bounds: object): Promise<string[]> =>
      idsOf(await documents.find(THINGS, { index: 'byLane', equals: ['l', 'pending'], limit: 9, ...bounds }));
    assert.deepEqual(await find({}), ['d-1', 'd2.5', 'd5', 'd10', 'd30']);
    assert.deepEqual(await find({ order: 'desc' }), ['d30', 'd10', 'd5', 'd2.5', 'd-1']);
    assert.deepEqual(await find({ limit: 2 }), ['d-1', 'd2.5']);
    assert.deepEqual(await find({ from: 5, upTo: 10 }), ['d5', 'd10']);
    assert.deepEqual(await find({ above: 5, below: 30 }), ['d10']);
    assert.deepEqual(await find({ above: 2.5, upTo: 30, order: 'desc', limit: 2 }), ['d30', 'd10']);
    assert.deepEqual(await find({ upTo: -1 }), ['d-1']);
    assert.deepEqual(await find({ upTo: -0.5, below: 3 }), ['d-1']);
    assert.deepEqual(await find({ upTo: 5, below: 2.5 }), ['d-1']);
    assert.deepEqual(await find({ from: 0, upTo: 0 }), []);
    assert.deepEqual(idsOf(await documents.find(THINGS, { index: 'byLane', equals: ['l'], limit: 9 })), [
      'other state',
      'd-1',
      'd2.5',
      'd5',
      'd10',
      'd30',
    ]);
    assert.equal(await documents.count(THINGS, { index: 'byLane', equals: ['l', 'pending'], above: -1 }), 4);
    assert.equal(await documents.count(THINGS, { index: 'byLane', equals: [] }), 7);
  });

  it('stands equals in the order of their ids, so that pages by id miss none and repeat none', async () => {
    await using made = await make();
    const { documents } = made;
    const ids = times(25, (i) => `t${String((i * 7) % 25).padStart(2, '0')}`);
    for (const id of ids) await documents.insert(THINGS, thing(id, { live: true, dueAt: 1, mark: id }));
    const seen: string[] = [];
    for (;;) {
      const after = seen.at(-1);
      const page = await documents.find(THINGS, {
        index: 'byLife',
        equals: [true, 1],
        ...(after !== undefined && { above: after }),
        limit: 10,
      });
      seen.push(...idsOf(page));
      if (page.length < 10) break;
    }
    assert.deepEqual(seen, [...ids].sort());
    assert.deepEqual(
      idsOf(await documents.find(THINGS, { index: '_id', equals: [], above: 't20', order: 'desc', limit: 3 })),
      ['t24', 't23', 't22'],
    );
  });

  it('orders text by code point', async () => {
    await using made = await make();
    const sorted = ['', ' ', 'A', 'B', 'a', 'aa', 'b', 'ä', '\uff5e', '😀'];
    for (const [i, mark] of [...sorted].reverse().entries())
      await made.documents.insert(THINGS, thing(`${i}`, { mark }));
    const found = await made.documents.find(THINGS, { index: 'mark', equals: [], limit: 99 });
    assert.deepEqual(
      found.map(({ mark }) => mark),
      sorted,
    );
    const some = await made.documents.find(THINGS, { index: 'mark', equals: [], from: 'a', below: 'ä', limit: 99 });
    assert.deepEqual(
      some.map(({ mark }) => mark),
      ['a', 'aa', 'b'],
    );
    const upTo = await made.documents.find(THINGS, { index: 'mark', equals: [], above: 'A', upTo: 'aa', limit: 99 });
    assert.deepEqual(
      upTo.map(({ mark }) => mark),
      ['B', 'a', 'aa'],
    );
  });

  it('finds by nested fields and by truth, and follows replacements', async () => {
    await using made = await make();
    const { documents } = made;
    await documents.insert(THINGS, thing('a', { inner: { kind: 'x' }, live: true }));
    await documents.insert(THINGS, thing('b', { inner: { kind: 'x' }, live: false }));
    await documents.insert(THINGS, thing('c', { inner: {}, live: true }));
    const find = async (...equals: (string | boolean)[]) =>
      idsOf(await documents.find(THINGS, { index: 'byInner', equals, limit: 9 }));
    assert.deepEqual(await find('x', true), ['a']);
    assert.deepEqual(await find('x', false), ['b']);
    assert.deepEqual(await find('x'), ['b', 'a'], 'false before true');
    assert.deepEqual(await find(), ['b', 'a']);
    const upTo = async (truth: boolean) =>
      idsOf(await documents.find(THINGS, { index: 'byInner', equals: ['x'], upTo: truth, limit: 9 }));
    assert.deepEqual([await upTo(false), await upTo(true)], [['b'], ['b', 'a']]);
    await documents.replace(THINGS, thing('a', { inner: { kind: 'y' }, live: true }));
    assert.deepEqual(await find('x', true), []);
    assert.deepEqual(await find('y', true), ['a']);
  });
};

const groups = (make: MakeDocuments): void => {
  it('writes a group in order, up to the first that takes no effect', async () => {
    await using made = await make();
    const { documents, lanes } = made;
    await documents.insert(THINGS, thing('there'));
    const outcomes = await documents.apply([
      insertOf(THINGS, thing('a')),
      insertIfAbsentOf(THINGS, thing('there', { note: 'another' })),
      replaceOf(THINGS, thing('a', { note: 'second' })),
      removeOf(THINGS, 'nobody'),
      insertOf(THINGS, thing('there')),
      insertOf(THINGS, thing('b')),
      wakeOf('lane', 0),
    ]);
    assert.deepEqual(outcomes, ['done', 'exists', 'done', 'done', 'exists', 'skipped', 'skipped']);
    assert.deepEqual(await documents.get(THINGS, 'a'), { _id: 'a', version: 2, note: 'second' });
    assert.deepEqual(await documents.get(THINGS, 'there'), thing('there'));
    assert.equal(await documents.get(THINGS, 'b'), undefined);
    assert.equal(await lanes.take('lane', 'me', 1000), undefined);
    assert.deepEqual(await documents.apply([replaceOf(THINGS, thing('a')), removeOf(THINGS, 'a')]), [
      'changed',
      'skipped',
    ]);
    assert.deepEqual(await documents.apply([]), []);
    assert.deepEqual(await documents.apply([removeOf(THINGS, 'a'), removeOf(THINGS, 'there'), wakeOf('lane', 0)]), [
      'done',
      'done',
      'done',
    ]);
    assert.equal(await documents.count(THINGS, { index: '_id', equals: [] }), 0);
    assert.ok(await lanes.take('lane', 'me', 1000));
  });

  it('inserts those that are absent of many, and says of each which it was', async () => {
    await using made = await make();
    const { documents } = made;
    await documents.insert(THINGS, thing('e3'));
    await documents.insert(THINGS, thing('taken', { mark: 'm5' }));
    const writes = times(10, (i) => insertIfAbsentOf(THINGS, thing(`e${i}`, { mark: `m${i}` })));
    const outcomes = await documents.apply([...writes, replaceOf(THINGS, thing('taken', { mark: 'free' }))]);
    assert.deepEqual(
      outcomes,
      times(11, (i) => (i === 3 || i === 5 ? 'exists' : 'done')),
    );
    const again = await documents.apply([
      insertOf(THINGS, thing('new')),
      insertOf(THINGS, thing('e1')),
      insertOf(THINGS, thing('newer')),
    ]);
    assert.deepEqual(again, ['done', 'exists', 'skipped']);
    assert.ok(await documents.get(THINGS, 'new'));
    assert.equal(await documents.get(THINGS, 'newer'), undefined);
  });

  it('gives each of fifty groups of one moment its own outcome', async () => {
    await using made = await make();
    const { documents } = made;
    const outcomes = await Promise.all(
      times(AT_ONCE, (i) =>
        documents.apply([
          insertOf(THINGS, thing(`before ${i}`)),
          insertOf(THINGS, thing(`of ${i}`, { mark: `m${Math.floor(i / 2)}` })),
          insertOf(THINGS, thing(`after ${i}`)),
        ]),
      ),
    );
    for (let pair = 0; pair < AT_ONCE; pair += 2) {
      const two = outcomes.slice(pair, pair + 2).map((each) => each.join(' '));
      assert.deepEqual(two.sort(), ['done done done', 'done exists skipped']);
    }
    assert.equal(await documents.count(THINGS, { index: '_id', equals: [] }), AT_ONCE * 2);
  });

  it('refuses a value that cannot be indexed, and leaves the writes of the same moment alone', async () => {
    await using made = await make();
    const { documents } = made;
    const bad = { ...thing('bad'), mark: { a: 1 } } as unknown as Thing;
    const [first, second, third] = await Promise.allSettled([
      documents.insert(THINGS, thing('a')),
      documents.apply([insertOf(THINGS, bad)]),
      documents.insert(THINGS, thing('b')),
    ]);
    assert.equal(first.status, 'fulfilled');
    assert.equal(second.status, 'rejected');
    assert.equal(third.status, 'fulfilled');
    assert.deepEqual(idsOf(await documents.find(THINGS, { index: '_id', equals: [], limit: 9 })), ['a', 'b']);
  });
};
