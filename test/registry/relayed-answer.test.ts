import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UpstreamObject } from '../../src/plugin.ts';
import { type AnswerPart, assembleAnswer } from '../../src/registry/relayed-answer.ts';

const ASKED = [
  { reference: 'a', page: 1, size: 3 },
  { reference: 'b', page: 2, size: 3 },
];

const item = (reference: string, names: readonly string[], pagination?: UpstreamObject, over: UpstreamObject = {}) => ({
  ...{ reference_id: reference, status: 'succ', data: { reg_records: names.map((name) => ({ name })) } },
  ...(pagination !== undefined && { pagination }),
  ...over,
});

const part = (items: readonly UpstreamObject[], counts: Omit<AnswerPart, 'message'> = {}): AnswerPart => ({
  message: { transaction_id: 't', search_response: items },
  ...counts,
});

const A = item('a', ['1', '2'], { total_count: 2 });
const B = item('b', ['4'], { total_count: 4 });

/** Names by reference, or what it comes to. */
const told = (parts: readonly AnswerPart[], asked = ASKED): unknown => {
  const assembled = assembleAnswer(asked, parts);
  if (assembled.kind !== 'whole') return assembled.kind;
  const items = assembled.message.search_response as readonly ReturnType<typeof item>[];
  return Object.fromEntries(
    items.map(({ reference_id, data }) => [reference_id, data.reg_records.map(({ name }) => name).join()]),
  );
};

test('one message with all of it is the answer, as it is', () => {
  assert.deepEqual(told([part([A, B])]), { a: '1,2', b: '4' });
  assert.deepEqual(told([part([item('a', []), item('b', ['4', '5', '6'])])]), { a: '', b: '4,5,6' });
});

test('items in any order and any number of messages are waited for', () => {
  assert.equal(told([part([B])]), 'waits');
  assert.deepEqual(told([part([B], { completed: 2 }), part([A], { completed: 1 })]), { a: '1,2', b: '4' });
  const note = part([item('a', [], undefined, { status: 'pdng' })]);
  assert.equal(told([note, part([B])]), 'waits');
});

test('an item that comes in pieces is whole with the records its page can have', () => {
  const [first, second] = [item('a', ['1'], { total_count: 3, page_number: 1, page_size: 1 }), item('a', ['2', '3'], { total_count: 3, page_number: 2, page_size: 2 })]; // biome-ignore format: one look
  assert.equal(told([part([first, B])]), 'waits');
  assert.deepEqual(told([part([second, B]), part([first])]), { a: '1,2,3', b: '4' });
  // Only three of all are a page.
  const ten = (names: string[]) => item('a', names, { total_count: 10 });
  assert.deepEqual(told([part([ten(['1', '2']), B]), part([ten(['3'])])]), { a: '1,2,3', b: '4' });
});

test('what is told twice counts once', () => {
  const first = item('a', ['1', '2'], { total_count: 3 });
  assert.equal(told([part([first, B]), part([first])]), 'waits');
  const overlapping = item('a', ['2'], { total_count: 3, page_number: 2 });
  assert.equal(told([part([first, B]), part([overlapping])]), 'waits');
});

test('an item without a total is whole, unless the header counts records that did not come', () => {
  const [first, second] = [item('a', ['1', '2']), item('b', ['4'])];
  assert.deepEqual(told([part([first, second], { total: 2, completed: 0 })]), { a: '1,2', b: '4' });
  assert.equal(told([part([first, second], { total: 4, completed: 3 })]), 'waits');
  assert.deepEqual(told([part([first, second], { total: 4, completed: 3 }), part([item('a', ['3'])], { total: 4, completed: 4 })]), { a: '1,2,3', b: '4' }); // biome-ignore format: one look
});

test('contradictions break it', () => {
  const refused = item('a', [], undefined, { status: 'rjct' });
  assert.equal(told([part([A, B]), part([refused])]), 'broken');
  assert.equal(told([part([item('a', ['1'], { total_count: 3 })]), part([item('a', ['2'], { total_count: 4 })])]), 'broken'); // biome-ignore format: one look
  const two = (names: string[]) => item('a', names, { total_count: 2 });
  assert.equal(told([part([two(['1']), B]), part([two(['2', '3'])])]), 'broken');
  assert.deepEqual(told([part([refused, B]), part([refused])]), { a: '', b: '4' }, 'told twice in the same way');
});
