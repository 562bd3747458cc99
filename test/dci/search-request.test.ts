import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readSearchRequest, type SearchItem } from '../../src/dci/search-request.ts';
import { GatewayError } from '../../src/errors.ts';

const QUERY = { type: 'UIN', value: '1' };
const item = (over: Record<string, unknown> = {}, criteria: Record<string, unknown> = {}) => ({
  reference_id: 'r1',
  timestamp: '2024-01-15T10:30:00Z',
  search_criteria: { query_type: 'idtype-value', query: QUERY, ...criteria },
  ...over,
});

const read = (search_request: unknown, over: Record<string, unknown> = {}) =>
  readSearchRequest(
    parseJsonObject(JSON.stringify({ transaction_id: 't1', search_request, ...over }), { maxDepth: 32 }).root,
    3,
  );

const readOne = (over: Record<string, unknown> = {}, criteria: Record<string, unknown> = {}): SearchItem => {
  const [only] = read([item(over, criteria)]).items;
  assert.ok(only);
  return only;
};

const isMalformed = (work: () => unknown): void => {
  assert.throws(work, (error) => error instanceof GatewayError && error.code === 'request.bad');
};

test('one object stands for a list of one', () => {
  assert.equal(read(item()).items.length, 1);
});

test('a number as transaction_id is read as its text, every digit of it', () => {
  assert.equal(read([item()], { transaction_id: 7 }).transactionId, '7');
  const text = `{"transaction_id":123456789020211216223812,"search_request":${JSON.stringify(item())}}`;
  const { root } = parseJsonObject(text, { maxDepth: 32 });
  assert.equal(readSearchRequest(root, 3).transactionId, '123456789020211216223812');
});

test('pagination stands inside the criteria or beside them, its numbers may be text, and never in both places', () => {
  assert.deepEqual([readOne().pageNumber, readOne().pageSize], [1, undefined]);
  assert.equal(readOne({}, { pagination: { page_size: 5, page_number: '2' } }).pageNumber, 2);
  assert.equal(readOne({ pagination: { page_size: '5' } }).pageSize, 5);
  isMalformed(() => readOne({ pagination: { page_size: 5 } }, { pagination: { page_size: 5 } }));
});

test('a page below 1 and what is no number are malformed', () => {
  for (const pagination of [
    { page_number: 0 },
    { page_size: 0 },
    { page_size: -1 },
    { page_size: 'x' },
    { page_size: 1.5 },
    'x',
    [],
  ]) {
    isMalformed(() => readOne({}, { pagination }));
  }
  for (const name of ['page_number', 'page_size'])
    assert.throws(() => readOne({}, { pagination: { [name]: 9_007_199_254_740_991 } }), {
      message: new RegExp(`${name} must be an integer from 1 to 999999999999999\\.`),
    });
});

test('empty texts count as absent where clients write them so', () => {
  const read = readOne({ locale: '' }, { consent: '', authorize: '', reg_type: '', reg_record_type: '' });
  assert.deepEqual([read.locale, read.regType, read.recordTypes], [undefined, undefined, []]);
});

test('every key that names the record type counts', () => {
  const names = { reg_record_type: 'Person', response_entity: 'SRPerson', notify_record_type: 'Group' };
  assert.deepEqual(readOne({}, names).recordTypes, ['Person', 'SRPerson', 'Group']);
});

test('misspelt timestamps are read, and refused beside the right one', () => {
  assert.equal(readOne({ timestamp: undefined, timesstamp: '2024-01-15T10:30:00Z' }).rejection, undefined);
  assert.equal(readOne({ timestamp: undefined, timesatmp: '2024-01-15T10:30:00' }).rejection, undefined);
  isMalformed(() => readOne({ timesatmp: '2024-01-15T10:30:00Z' }));
});

test('an item that lacks its reference, repeats one or lacks its time is rejected by itself', () => {
  assert.equal(readOne({ reference_id: undefined }).rejection?.code, 'rjct.reference_id.invalid');
  assert.equal(readOne({ reference_id: '' }).rejection?.code, 'rjct.reference_id.invalid');
  assert.equal(readOne({ timestamp: undefined }).rejection?.code, 'rjct.timestamp.invalid');
  const codes = read([item(), item(), item({ reference_id: 'r2' })]).items.map(({ rejection }) => rejection?.code);
  assert.deepEqual(codes, [undefined, 'rjct.reference_id.duplicate', undefined]);
});

test('a malformed part refuses the whole request', () => {
  isMalformed(() => read([item(), item({ timestamp: 'rubbish' })]));
  isMalformed(() => readOne({ timestamp: 5 }));
  isMalformed(() => readOne({ reference_id: 'x'.repeat(100) }));
  isMalformed(() => readOne({ reference_id: {} }));
  isMalformed(() => readOne({ search_criteria: undefined }));
  isMalformed(() => readOne({ search_criteria: 'text' }));
  isMalformed(() => readOne({}, { reg_type: 5 }));
  isMalformed(() => readOne({}, { consent: 'yes' }));
  isMalformed(() => read([]));
  isMalformed(() => read('text'));
  isMalformed(() => read(undefined));
  isMalformed(() => read([null]));
  isMalformed(() => read([item()], { transaction_id: '' }));
  isMalformed(() => read([item()], { transaction_id: 'x'.repeat(100) }));
  isMalformed(() => read([item()], { transaction_id: 1.5 }));
});

test('more items than allowed refuse the request', () => {
  isMalformed(() => read(Array.from({ length: 4 }, (_, index) => item({ reference_id: `r${index}` }))));
});

test('99 characters fit, also where each takes two units', () => {
  assert.equal(readOne({ reference_id: '𝒜'.repeat(99) }).referenceId.length, 198);
  isMalformed(() => readOne({ reference_id: '𝒜'.repeat(100) }));
});

test('a locale is three letters, a region is taken off, and a bare language is refused at once', () => {
  assert.equal(readOne({ locale: 'en-GB' }).locale, 'eng');
  isMalformed(() => readOne({ locale: 'en' }));
  isMalformed(() => readOne({ locale: 'ENG' }));
});
