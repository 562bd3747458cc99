/**
 * Five registries, one of each domain, in one process: searches, callbacks, subscriptions with their notifications, status and
 * refusals, every outgoing message checked against the specification of its own domain.
 */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { call, searchMessage, statusMessage, subscribeMessage } from '../support/async-calls.ts';
import { type Answer, type Client, searchItem } from '../support/client.ts';
import { type DomainGateway, startDomainGateway } from '../support/domain-gateway.ts';
import {
  ackProblems,
  type CallbackPath,
  callbackProblems,
  errorBodyProblems,
  type SpecDomain,
  searchAnswerProblems,
  statusAnswerProblems,
  WITHOUT_SPECS,
} from '../support/spec-check.ts';
import { carriedFields, mappedFields, recordProblems, specRecords } from '../support/spec-records.ts';

interface Case {
  /** What is searched when a request names no record type. */
  readonly record: string;
  /** Of a record that is there, and of one that is not. */
  readonly known: { readonly type: string; readonly value: string };
  /** Makes a new record. */
  readonly change: string;
  /** What the notification of it holds as `reg_event_type`, and in `header.meta`. */
  readonly event: readonly [wire: string | undefined, told: string];
  readonly subscribed: string;
  /** The new record's identifier. */
  readonly born: string;
}

const CASES: Readonly<Record<SpecDomain, Case>> = {
  social: {
    record: 'Person',
    known: { type: 'urn:gov:card', value: '0000012345' },
    change: `insert into T_BENEF values (77, '7777777777', 'NOVA', 'ALMA', 2, '01/01/2000', '20240101', 10, 0, 'N', null, 'A')`,
    event: ['REGISTER', 'REGISTER'],
    subscribed: 'REGISTER',
    born: '7777777777',
  },
  crvs: {
    record: 'Person',
    known: { type: 'UIN', value: '197382465' },
    change: `insert into citizen (uin, family_name) values ('700000001', 'Newborn');
      insert into act (act_no, kind, happened_on, office, uin) values ('B-2026-1', 'B', '2026-01-01', 'D01', '700000001')`,
    event: ['LiveBirth', 'LIVE_BIRTH'],
    subscribed: 'spdci-common:RegistryEventType:LiveBirth',
    born: '700000001',
  },
  fr: {
    record: 'Farmer',
    known: { type: 'urn:gov:farmer', value: 'F-1001' },
    change: `insert into farmer (farmer_no, person_no) values ('F-2000', 2)`,
    event: ['REGISTER', 'REGISTER'],
    subscribed: 'REGISTRATION',
    born: 'F-2000',
  },
  dr: {
    record: 'DisabledPerson',
    known: { type: 'UIN', value: 'ABC451123' },
    change: `insert into person values (70, 'NEW70', 'New', 'Person', 'F', null, null);
      insert into assessment (case_no, person_no, outcome) values ('C-70', 70, 'P')`,
    event: ['REGISTER', 'REGISTER'],
    subscribed: 'REGISTER',
    born: 'NEW70',
  },
  ibr: {
    record: 'Beneficiary',
    known: { type: 'UIN', value: '0205202401' },
    change: `update enrolment set status = 'S', changed_at = current_timestamp where enrolment_id = 1`,
    event: ['enrollement_status_change', 'ENROLLMENT_STATUS_CHANGE'],
    subscribed: 'enrollement_status_change',
    born: '0205202401',
  },
};

let five: DomainGateway;
before(async () => {
  five = await startDomainGateway();
});
after(() => five?.[Symbol.asyncDispose]());

const accepted = (answer: Answer, domain: SpecDomain): Answer['body'] => {
  assert.equal(answer.status, 202, answer.text);
  assert.deepEqual(ackProblems(domain, answer.body), []);
  return answer.body.message;
};

/** The callback of this transaction, checked. */
const callback = async (domain: SpecDomain, path: CallbackPath, transaction: string) => {
  const came = await five.receiver.next(({ body }) => body.message.transaction_id === transaction, 15_000);
  assert.equal(came.path, `/dci${path}`);
  assert.deepEqual(callbackProblems(domain, path, came.body), []);
  return came.body;
};

const inSearch = (records: unknown, domain: SpecDomain, count: number): unknown => {
  if (domain !== 'dr') assert.equal((records as readonly unknown[]).length, count);
  else if (count !== 1) assert.equal((records as { '@graph': readonly unknown[] })['@graph'].length, count);
  return domain === 'dr' ? records : (records as readonly unknown[])[0];
};

/** A search, a subscription and its end have status answers; so has what nobody knows. */
const statusOf = async (...asked: Parameters<typeof answeredStatus>) => (await answeredStatus(...asked)).txn_status;

const answeredStatus = async (
  domain: SpecDomain,
  client: Client,
  attribute: string,
  value: unknown,
  type = 'search',
) => {
  const message = statusMessage(attribute, value, randomUUID(), type);
  const at = await call(client, '/sync/txn/status', 'txn-status', message);
  assert.equal(at.status, 200, at.text);
  assert.deepEqual(statusAnswerProblems(domain, at.body), [], at.text);
  return at.body.message.txnstatus_response;
};

describe('five domains in one process', { concurrency: true }, () => {
  for (const [domain, { record, known, change, event, subscribed, born }] of Object.entries(CASES) as [
    SpecDomain,
    Case,
  ][]) {
    describe(domain, () => {
      test(`a search answers a ${record}, several and none in the shape of the domain`, async () => {
        const client = five.client(domain);
        const { body } = await client.search(known, [known, known], { ...known, value: 'nobody' });
        const [single, same, none] = body.message.search_response;
        assert.equal(single.data.reg_record_type, record);
        assert.match(single.data.reg_type, /^ns:org:RegistryType:/);
        const found = inSearch(single.data.reg_records, domain, 1) as { readonly '@type': string };
        assert.equal(found['@type'], record);
        assert.ok(JSON.stringify(found).includes(known.value));
        inSearch(same.data.reg_records, domain, 1);
        inSearch(none.data.reg_records, domain, 0);
      });

      test('a search is acknowledged and called back; its status holds the same records in the form of the domain', async () => {
        const client = five.client(domain);
        const message = searchMessage(randomUUID(), known.value, known);
        const transaction = message.transaction_id;
        accepted(await call(client, '/search', 'search', message), domain);
        const told = await callback(domain, '/on-search', transaction);
        const [item] = told.message.search_response;
        assert.equal(item.data.reg_record_type, record);
        const [again] = (await statusOf(domain, client, 'transaction_id', transaction)).search_response;
        const isList = domain === 'social' || domain === 'ibr';
        assert.equal(Array.isArray(again.data.reg_records), isList);
        assert.deepEqual(isList ? again.data.reg_records[0] : again.data.reg_records, inSearch(item.data.reg_records, domain, 1)); // biome-ignore format: one look
        const asked = statusMessage('transaction_id', transaction);
        accepted(await call(client, '/txn/status', 'txn-status', asked), domain);
        await callback(domain, '/txn/on-status', asked.transaction_id);
        const unknown = await statusOf(domain, client, 'correlation_id', 'nobody knows');
        assert.match(JSON.stringify(unknown), /rjct\.reference_id\.invalid/);
        const ended = await answeredStatus(domain, client, 'transaction_id', 'nobody knows', 'unsubscribe');
        assert.equal(ended.txn_type, isList ? 'subscribe' : 'unsubscribe');
        assert.match(
          JSON.stringify(ended.txn_status),
          /"status":"rjct","status_reason_code":"rjct\.reference_id\.invalid"/,
        );
      });

      test('a subscription is confirmed, told of a change as an object with the true event, and ended', async () => {
        const client = five.client(domain);
        const made = subscribeMessage(randomUUID(), { reg_event_type: subscribed, notify_record_type: record });
        const { subscription_code: code } = accepted(await call(client, '/subscribe', 'subscribe', made), domain);
        const confirmed = await callback(domain, '/on-subscribe', made.transaction_id);
        assert.match(JSON.stringify(confirmed.message), new RegExp(code));
        const subscription = await statusOf(domain, client, 'transaction_id', made.transaction_id, 'subscribe');
        assert.match(JSON.stringify(subscription), new RegExp(code));

        await feedBegan();
        five.write(domain, change);
        const isOurs = ({ header }: Answer['body']) => header.meta?.subscription_code === code;
        const { body, path } = await five.receiver.next((each) => isOurs(each.body), 15_000);
        assert.equal(path, '/dci/notify');
        assert.deepEqual(callbackProblems(domain, '/notify', body), []);
        const [{ data }] = body.message.notify_event;
        assert.equal(data.reg_record_type, record);
        assert.ok(!Array.isArray(data.reg_records));
        assert.ok(JSON.stringify(data.reg_records).includes(born));
        assert.deepEqual([data.reg_event_type, body.header.meta.events[0].reg_event_type], event);

        const ending = { transaction_id: randomUUID(), timestamp: '2026-01-15T10:30:00Z', subscription_codes: [code] };
        accepted(await call(client, '/unsubscribe', 'unsubscribe', ending), domain);
        const ended = await callback(domain, '/on-unsubscribe', ending.transaction_id);
        assert.equal(ended.header.status, 'succ');
        const status = await statusOf(domain, client, 'transaction_id', ending.transaction_id, 'unsubscribe');
        assert.match(JSON.stringify(status), new RegExp(`"code":"${code}"`));
      });

      test('what is refused is refused in the words of the domain: at once, by item and by callback', async () => {
        const client = five.client(domain);
        const foreign = { reg_type: domain === 'crvs' ? 'SOCIAL_REGISTRY' : 'CRVS' };
        const { body } = await client.post(client.envelope([searchItem(known, {}, foreign)]));
        assert.equal(body.message.search_response[0].status_reason_code, 'rjct.search_criteria.invalid');
        for (const [path, action] of [
          ['/search', 'subscribe'],
          ['/subscribe', 'search'],
          ['/unsubscribe', 'notify'],
          ['/txn/status', 'search'],
          ['/sync/txn/status', 'search'],
          ['/notify', 'search'],
        ] as const) {
          const refused = await call(client, path, action, {});
          assert.equal(refused.status, 400, path);
          assert.deepEqual(errorBodyProblems(domain, refused.body), [], path);
        }
        for (const [path, action] of [
          ['/on-search', 'on-search'],
          ['/notify', 'notify'],
          ['/receipts', 'receipt'],
        ] as const)
          accepted(await call(client, path, action, { transaction_id: 't' }), domain);
        const bad = subscribeMessage(randomUUID(), { notify_record_type: record, filter: { no_such: { eq: 1 } } });
        accepted(await call(client, '/subscribe', 'subscribe', bad), domain);
        const told = await callback(domain, '/on-subscribe', bad.transaction_id);
        assert.equal(told.header.status, 'rjct');
        assert.match(JSON.stringify(told.message), /rjct\.notify_details\.invalid/);
        const stranger = {
          transaction_id: randomUUID(),
          timestamp: '2026-01-15T10:30:00Z',
          subscription_codes: ['SUB-x'],
        };
        accepted(await call(client, '/unsubscribe', 'unsubscribe', stranger), domain);
        const unknown = await callback(domain, '/on-unsubscribe', stranger.transaction_id);
        assert.match(JSON.stringify(unknown.message), /rjct\.subscription_code\.invalid/);
      });
    });
  }

  test('an act that is entered is a new record, whether its event has a name of its own or not', async () => {
    const client = five.client('crvs');
    const made = subscribeMessage(randomUUID(), { reg_event_type: 'REGISTER', notify_record_type: 'VitalEvent' });
    const { subscription_code: code } = accepted(await call(client, '/subscribe', 'subscribe', made), 'crvs');
    await callback('crvs', '/on-subscribe', made.transaction_id);
    await feedBegan();
    five.write('crvs', `insert into act (act_no, kind, happened_on, office, uin) values ('D-2026-9', 'D', '2026-01-01', 'D01', '197382466'), ('A-2026-9', 'A', '2026-01-01', 'D01', '197382466')`); // biome-ignore format: one look
    for (const number of ['D-2026-9', 'A-2026-9']) {
      const { body } = await five.receiver.next((each) => tellsAct(each.body, code, number), 15_000);
      assert.equal(body.header.meta.events[0].reg_event_type, 'REGISTER');
      assert.equal(body.message.notify_event[0].data.reg_event_type, 'REGISTER');
    }
  });

  test('an act that is struck out is no event of its kind', async () => {
    const client = five.client('crvs');
    const made = subscribeMessage(randomUUID(), { reg_event_type: 'DEATH', notify_record_type: 'VitalEvent' });
    const { subscription_code: code } = accepted(await call(client, '/subscribe', 'subscribe', made), 'crvs');
    await callback('crvs', '/on-subscribe', made.transaction_id);
    await feedBegan();
    const enter = (number: string) => `insert into act (act_no, kind, happened_on, office, uin) values ('${number}', 'D', '2026-01-01', 'D01', '197382466');`; // biome-ignore format: one look
    const told = (number: string) => ({ body }: { readonly body: Answer['body'] }) => tellsAct(body, code, number); // biome-ignore format: one look
    five.write('crvs', enter('D-2026-21'));
    await five.receiver.next(told('D-2026-21'), 15_000);
    const strike = `update act set struck_out = 1, registered_at = current_timestamp where act_no = 'D-2026-21';`;
    five.write('crvs', `${strike} ${enter('D-2026-22')}`);
    await five.receiver.next(told('D-2026-22'), 15_000);
    assert.equal(five.receiver.received.filter(told('D-2026-21')).length, 1);
  });
});

/** By its own number: the person in it has the numbers of all its acts, those of other tests as well. */
const tellsAct = ({ header, message }: Answer['body'], subscription: string, number: string): boolean =>
  header.meta?.subscription_code === subscription &&
  JSON.stringify(message.notify_event[0].data.reg_records.identifier).includes(`"${number}"`);

/**
 * Where records leave what the specifications show, by domain, and why. What is not here is shown there, in a record of that type,
 * and is text, a number, a list or an object there as well.
 */
const LEAVES: Readonly<Record<SpecDomain, Readonly<Record<string, string>>>> = {
  social: {
    'Person.is_disabled: not shown': 'the published guide searches persons by it; the examples show it of members',
    'Group.geographical_location: not shown': 'of the published guide; the examples have place for it',
  },
  crvs: {
    'Person.address: list, shown as object': 'the published guide has a list in all domains',
    'Person.address.address_line_1: not shown': 'spelt like that in the guide, address_line1 in the example',
    'Person.name.maiden_name: not shown': 'of the published guide',
    'Person.last_updated: not shown': 'every record has it in the published guide',
    'Place.code: not shown': 'leads to the place in locations.json',
    ...Object.fromEntries(
      ['identifier', 'event_type', 'event_date', 'event_place', 'person', 'registration_date'].map((name) => [
        `VitalEvent.${name}: not shown`,
        'no specification shows an act: it is searched by its number, and has the names of the code lists',
      ]),
    ),
  },
  fr: { 'Farmer.identifier: not shown': 'queries by identifier look there; the example has those of the person alone' },
  dr: {
    'DisabledPerson.identifier: not shown': 'queries by identifier look there',
    'Person.identifier: list, shown as text': 'a list of types and values in all other domains',
    ...Object.fromEntries(
      [
        'assistive_technology.type',
        'assistive_technology.frequency',
        'assistive_technology.support_status',
        'assistive_technology.registration_date',
        'housing_support.type',
        'housing_support.support_status',
        'housing_support.registration_date',
      ].map((name) => [
        `DisabledPerson.disability_support.${name}: not shown`,
        'these lists are empty in the example: their items have the fields of human_assistance',
      ]),
    ),
  },
  ibr: {
    'Beneficiary.identifier: not shown': 'queries by identifier look there',
    'Beneficiary.last_updated: not shown': 'every record has it in the published guide',
    'Member.programme_identifier: list, shown as object': 'somebody is in several programmes',
    'Member.programme_identifier.benefits: list, shown as object': 'a programme pays more than once',
    'Member.programme_identifier.programme.programme_type: not shown': 'there is a code list for it',
  },
};

/** Rows for fields that no other row fills. */
const MORE_ROWS: Readonly<Partial<Record<SpecDomain, string>>> = {
  crvs: `insert into act (act_no, kind, happened_on, office, uin) values ('V-2020-1', 'V', '2020-02-01', 'D02', '197382466')`,
  dr: `update support set since = '2024-02-01 09:00:00' where field = 'R'`,
};

describe('records are what the specifications show of them', { skip: WITHOUT_SPECS }, () => {
  for (const domain of Object.keys(CASES) as SpecDomain[])
    test(`those of ${domain}, but for what is listed, and every mapped field is among them`, async () => {
      five.write(domain, MORE_ROWS[domain] ?? '');
      const shapes = specRecords();
      const mapping = five.records(domain) as Readonly<Record<string, unknown>>;
      const carried = new Set<string>();
      const problems = new Set<string>();
      for (const type of Object.keys(mapping))
        for (const record of await everyRecord(domain, type)) {
          for (const field of carriedFields(record)) carried.add(field);
          for (const problem of recordProblems(shapes, domain, record)) problems.add(problem);
        }
      assert.deepEqual([...problems].toSorted(), Object.keys(LEAVES[domain]).toSorted());
      assert.deepEqual([...new Set(mappedFields(mapping))].filter((field) => !carried.has(field)), []); // biome-ignore format: one look
    });

  test('a name, a form and a nesting of another kind are seen', () => {
    const shapes = specRecords();
    const told = (record: object) => recordProblems(shapes, 'crvs', { '@type': 'Person', ...record });
    assert.deepEqual(told({ sex: 'female', birth_place: { geo: { latitude: 9.5 } }, email: ['a@b.example'] }), []);
    assert.deepEqual(told({ gendre: 'female' }), ['Person.gendre: not shown']);
    assert.deepEqual(told({ sex: 1 }), ['Person.sex: number, shown as text']);
    assert.deepEqual(told({ birth_place: { geo: { latitude: '9.5' } } }), ['Place.geo.latitude: text, shown as number']); // biome-ignore format: one look
    assert.deepEqual(told({ email: 'a@b.example' }), ['Person.email: text, shown as list']);
    assert.deepEqual(told({ birth_place: 'Thani' }), ['Person.birth_place: text, shown as object']);
    assert.deepEqual(told({ email: [{ address: 'a@b.example' }] }), ['Person.email: object, shown as text', 'Person.email.address: not shown']); // biome-ignore format: one look
  });
});

/** All records of a type, as a search answers them. */
const everyRecord = async (domain: SpecDomain, type: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const client = five.client(domain);
  const list = { Member: 'member_identifier', Group: 'group_identifier' }[type] ?? 'identifier';
  const query = { [`${list}.identifier_value`]: { exists: true } };
  const criteria = { reg_record_type: type, pagination: { page_size: 1000, page_number: 1 } };
  const { body, text } = await client.post(client.envelope([searchItem(query, {}, criteria)]));
  const records = body.message.search_response[0].data?.reg_records;
  const found = records?.['@graph'] ?? [records].flat();
  assert.ok(found.length > 1 || type === 'Farmer', text);
  return found;
};

/** A feed tells of changes after its first look, which a subscription wakes. */
const feedBegan = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2_500));

test('the checks see what is wrong: records in the form of another domain, a status that is none, a yes that is neither', {
  skip: WITHOUT_SPECS,
}, () => {
  const message = (records: unknown) => ({
    transaction_id: 't',
    correlation_id: 'c',
    search_response: [{ reference_id: 'r', timestamp: '2026-01-15T10:30:00Z', status: 'succ', data: { reg_record_type: 'x', reg_records: records } }], // biome-ignore format: one look
  });
  const header = { message_id: 'm', message_ts: '2026-01-15T10:30:00Z', action: 'on-search', status: 'succ' };
  for (const domain of Object.keys(CASES) as SpecDomain[]) {
    const [right, wrong] = domain === 'dr' ? [{}, [{}]] : [[{}], {}];
    assert.deepEqual(searchAnswerProblems(domain, { header, message: message(right) }), [], domain);
    assert.notDeepEqual(searchAnswerProblems(domain, { header, message: message(wrong) }), [], domain);
    assert.notDeepEqual(searchAnswerProblems(domain, { header: { ...header, status: 'fine' }, message: message(right) }), []); // biome-ignore format: one look
    assert.notDeepEqual(callbackProblems(domain, '/on-search', { header: { ...header, action: 'search' }, message: message(right) }), []); // biome-ignore format: one look
  }
});
