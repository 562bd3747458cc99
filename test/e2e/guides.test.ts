import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { searchAnswerProblems } from '../support/spec-check.ts';

/** The requests two published guides print, sent as they stand: fixed ids and dates that are years old. */
const guides = JSON.parse(readFileSync(join(import.meta.dirname, '../data/guides.json'), 'utf8'));

interface Guide {
  readonly base: string;
  readonly token: { readonly content_type: string; readonly fields: Record<string, string> };
  readonly sync_search: { readonly message: { readonly search_request: readonly Record<string, unknown>[] } };
}

/** What its readers look for in a record. */
type OldShape = Readonly<Record<string, unknown>>;

const post = async (url: string, contentType: string, body: string, token?: string) => {
  const headers = { 'Content-Type': contentType, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, body: JSON.parse(await response.text()) };
};

const tokenOf = async (base: string, { token: { content_type, fields } }: Guide): Promise<string> => {
  const form = content_type === 'application/json' ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const { status, body } = await post(`${base}/oauth2/client/token`, content_type, form);
  assert.equal(status, 200);
  assert.equal(body.token_type, 'Bearer');
  assert.equal(typeof body.expires_in, 'number');
  return body.access_token;
};

test('the protocol guide works as printed, every time it is sent', async () => {
  await using gateway = await startGateway();
  const guide: Guide = guides.protocol_guide;
  const base = `${gateway.url}${guide.base}`;
  const token = await tokenOf(base, guide);
  for (let time = 0; time < 3; time++) {
    const { status, body } = await post(
      `${base}/registry/sync/search`,
      'application/json',
      JSON.stringify(guide.sync_search),
      token,
    );
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(searchAnswerProblems('social', body), []);
    assert.equal(body.header.status, 'succ');
    assert.equal(body.header.action, 'on-search');
    assert.equal(body.header.receiver_id, 'external.system.org');
    const [item] = body.message.search_response;
    assert.equal(item.pagination.total_count, 1);
    const [person, ...others] = item.data.reg_records;
    assert.deepEqual(others, []);
    assert.ok(
      person.identifier.some(
        (each: Record<string, string>) =>
          each.identifier_type === 'urn:gov:national-id' && each.identifier_value === '12345678',
      ),
    );
    assert.equal(person.name.surname, 'Núñez Peña');
    assert.equal(person.sex, 'female');
    assert.equal(person.birth_date, '1990-05-17');
    assert.equal(typeof person.address[0].geo_location.plus_code.global_code, 'string');
  }
});

test("the guide's other queries find what they ask for, under the ids of the first", async () => {
  await using gateway = await startGateway();
  const guide: Guide & { other_queries: readonly unknown[] } = guides.protocol_guide;
  const base = `${gateway.url}${guide.base}`;
  const token = await tokenOf(base, guide);
  const found: Record<string, unknown>[][] = [];
  for (const query of [...guide.other_queries, ...guide.other_queries]) {
    const request = structuredClone(guide.sync_search) as Guide['sync_search'];
    const [item] = request.message.search_request;
    assert.ok(item);
    Object.assign(item.search_criteria as object, { query_type: 'expression', query });
    const { status, body } = await post(
      `${base}/registry/sync/search`,
      'application/json',
      JSON.stringify(request),
      token,
    );
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.header.status, 'succ', JSON.stringify(body.message));
    found.push(body.message.search_response[0].data.reg_records);
  }
  const [born = [], inRegions = [], disabled = []] = found;
  assert.ok(born.length > 0 && inRegions.length > 0 && disabled.length > 0);
  for (const { birth_date, sex } of born) {
    assert.match(String(birth_date), /^1990-/);
    assert.equal(sex, 'female');
  }
  assert.deepEqual(found.slice(3), found.slice(0, 3));
});

test('the OpenSPP guide works as printed, every time it is sent', async () => {
  await using gateway = await startGateway();
  const { old_record_shape, ...guide }: Guide & { old_record_shape: OldShape } = guides.openspp_guide;
  const token = await tokenOf(gateway.url, guide);
  for (let time = 0; time < 3; time++) {
    const { status, body } = await post(
      `${gateway.url}/registry/sync/search`,
      'application/json',
      JSON.stringify(guide.sync_search),
      token,
    );
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.message.transaction_id, '123456789020211216223812');
    const [item] = body.message.search_response;
    assert.equal(item.status, 'succ', JSON.stringify(item));
    assert.ok(item.data.reg_records.length > 0);
    for (const person of item.data.reg_records) {
      assert.equal(person.birthDate, '2020-11-02'); // the two items of the predicate list are both meant
      for (const field of Object.keys(old_record_shape)) assert.ok(field in person, field);
      const national = person.identifier.find(({ name }: { name: string }) => name === 'National ID');
      assert.deepEqual(national, { name: 'National ID', identifier: '20201102' });
      assert.equal('birth_date' in person || 'name' in person || '@type' in person, false);
    }
  }
});
