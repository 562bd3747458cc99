/** A problem of one item is that item's own: the others still answer, and every code of the standard is really given. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Client, searchItem } from '../support/client.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { searchAnswerProblems } from '../support/spec-check.ts';

const QUERY = { type: 'urn:gov:national-id', value: '12345678' };
const EVERYBODY = { birth_date: { $gte: '1900-01-01' } };

let gateway: RunningGateway;
let client: Client;

before(async () => {
  gateway = await startGateway({
    config: { limits: { max_records: 900, records_per_answer: 100, max_page_size: 100 } },
  });
  client = gateway.client();
});

after(() => gateway.close());

const answered = async (...items: readonly Record<string, unknown>[]) => {
  const answer = await client.post(client.envelope(items));
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(searchAnswerProblems('social', answer.body), []);
  return answer.body;
};

const codeOf = async (item: Record<string, unknown>): Promise<string> => {
  const body = await answered(item);
  const [only] = body.message.search_response;
  assert.equal(only.data, undefined);
  assert.equal(body.header.status, only.status);
  return only.status_reason_code;
};

test('each code of the standard is given for its own problem', async () => {
  assert.equal(await codeOf(searchItem(QUERY, { reference_id: '' })), 'rjct.reference_id.invalid');
  assert.equal(await codeOf(searchItem(QUERY, { timestamp: undefined })), 'rjct.timestamp.invalid');
  assert.equal(await codeOf(searchItem({ what: { is: 'this' }, and: 1 })), 'rjct.filter.invalid');
  assert.equal(await codeOf(searchItem('text')), 'rjct.filter.invalid');
  assert.equal(await codeOf(searchItem(undefined)), 'rjct.filter.invalid');
  assert.equal(
    await codeOf(searchItem([{ expression1: { attribute_name: 'shoe_size', operator: 'eq', attribute_value: '1' } }])),
    'rjct.search_criteria.invalid',
  );
  assert.equal(
    await codeOf(searchItem(QUERY, {}, { reg_type: 'ns:org:RegistryType:Civil' })),
    'rjct.search_criteria.invalid',
  );
  assert.equal(
    await codeOf(searchItem(QUERY, {}, { reg_record_type: 'Person', response_entity: 'Group' })),
    'rjct.search_criteria.invalid',
  );
  assert.equal(await codeOf(searchItem(QUERY, {}, { sort: [{ attribute_name: 'shoe_size' }] })), 'rjct.sort.invalid');
  assert.equal(await codeOf(searchItem(QUERY, {}, { pagination: { page_size: 101 } })), 'rjct.pagination.invalid');
  assert.equal(
    await codeOf(searchItem(QUERY, {}, { pagination: { page_size: 100, page_number: 999_999_999_999 } })),
    'rjct.pagination.invalid',
  );
  assert.equal(await codeOf(searchItem(EVERYBODY)), 'rjct.search.too_many_records_found');
});

test('items that succeed are answered beside those that do not, in order, with a count', async () => {
  const good = searchItem(QUERY);
  const twice = { ...searchItem(QUERY), reference_id: good.reference_id };
  const body = await answered(good, twice, searchItem('text'));
  assert.deepEqual(
    body.message.search_response
      .map((item: Record<string, string>) => [item.reference_id, item.status, item.status_reason_code])
      .slice(0, 2),
    [
      [good.reference_id, 'succ', undefined],
      [good.reference_id, 'rjct', 'rjct.reference_id.duplicate'],
    ],
  );
  assert.equal(body.header.status, 'succ');
  assert.match(body.header.status_reason_message, /1\/3/);
  assert.equal(body.header.total_count, 3);
  assert.equal(body.header.completed_count, 3);
});

test('a search that finds nothing succeeds with an empty list', async () => {
  const body = await answered(searchItem({ type: 'urn:gov:national-id', value: 'nobody' }));
  const [item] = body.message.search_response;
  assert.equal(item.status, 'succ');
  assert.deepEqual(item.data.reg_records, []);
  assert.equal(item.pagination.total_count, 0);
});

test('pages do not overlap, and the total is that of all pages', async () => {
  const query = { birth_date: { $gte: '1990-01-01', $lte: '1992-12-31' } };
  const page = async (page_number: number) => {
    const body = await answered(
      searchItem(
        query,
        {},
        { pagination: { page_size: 7, page_number }, sort: [{ attribute_name: 'birth_date', sort_order: 'asc' }] },
      ),
    );
    return body.message.search_response[0];
  };
  const first = await page(1);
  const total = first.pagination.total_count;
  const seen: string[] = [];
  for (let number = 1; number <= Math.ceil(total / 7) + 1; number++) {
    const { data, pagination } = await page(number);
    assert.equal(pagination.total_count, total);
    assert.equal(pagination.page_number, number);
    for (const person of data.reg_records) seen.push(JSON.stringify(person.identifier));
  }
  assert.equal(seen.length, total);
  assert.equal(new Set(seen).size, total);
});

test('a total that was not counted to its end says so', async () => {
  await using capped = await startGateway({ config: { limits: { count_cap: 300 } } });
  const query = { birth_date: { $gte: '1980-01-01' } };
  const { body } = await capped.client().search(query);
  const [item] = body.message.search_response;
  assert.equal(item.pagination.total_count, 300);
  assert.match(item.status_reason_message, /300/);
});

test('one answer carries so many records in all; the item beyond is refused, not cut', async () => {
  const query = { birth_date: { $gte: '1995-01-01' } };
  const items = [60, 60].map((page_size) => searchItem(query, {}, { pagination: { page_size } }));
  const [first, second] = (await answered(...items)).message.search_response;
  assert.equal(first.data.reg_records.length, 60);
  assert.equal(second.status_reason_code, 'rjct.search.too_many_records_found');
  assert.equal(second.data, undefined);
});

test('a refused item of an answered request leaves a trace: a metric by reason, and a count in the log line', async () => {
  const counted = async (): Promise<number> => {
    const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    const line =
      /^dci_refused_items_total\{registry="social",action="search",reason="rjct\.search_criteria\.invalid"\} (\d+)$/m;
    return Number(line.exec(text)?.[1] ?? 0);
  };
  const before = await counted();
  await answered(searchItem({ shoe_size: 44 }), searchItem(QUERY), searchItem({ hat_size: 5 }));
  assert.equal((await counted()) - before, 2);
  const last = () =>
    gateway.log.filter(({ message, fields }) => message === 'request answered' && fields.action === 'search').at(-1);
  assert.equal(last()?.fields.refused_items, 2);
  assert.ok(!JSON.stringify(last()).includes('shoe_size'));
  await answered(searchItem(QUERY));
  await counted(); // its own log line is written after the search's
  assert.equal('refused_items' in (last()?.fields ?? {}), false);
});

test('the debug line of a refused request names the partner', async () => {
  const { status } = await client.post(client.envelope([searchItem(QUERY)], { action: 'frobnicate' }));
  assert.notEqual(status, 200);
  const line = gateway.log.filter(({ message }) => message === 'request refused').at(-1);
  assert.equal(line?.fields.partner, 'external-system');
});
