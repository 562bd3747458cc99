/** What partners with different output get, on every way that records reach them. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { asyncConfig, call, searchMessage, statusMessage, subscribeMessage } from '../support/async-calls.ts';
import { type Callback, type CallbackReceiver, startReceiver } from '../support/callback-receiver.ts';
import { type Answer, type Client, searchItem } from '../support/client.ts';
import { DEMO_PARTNER, type RunningGateway, startGateway } from '../support/gateway.ts';
import { ownSample } from '../support/own-sample.ts';
import { callbackProblems } from '../support/spec-check.ts';
import { csvForm, csvOf, fileEnvelope, postForm } from '../support/uploads.ts';

const WITHIN_MS = 20_000;
const ALL = { search: 'any', records: 'all', actions: 'all' };
const NAMES_OF_ITS_OWN = { 'urn:gov:national-id': 'Carte nationale' };

const OUTPUTS = {
  openspp: { profile: 'openspp' },
  labelled: { values: 'labels', identifier_types: NAMES_OF_ITS_OWN },
} as const;

/** Sees little, and reads it as openspp with labels. */
const FEW = {
  search: 'any',
  actions: 'all',
  records: {
    Person: { fields: ['identifier', 'name', 'sex'], attributes: 'all', identifier_types: ['urn:gov:national-id'] },
  },
};

const partnersOf = (origin: string) => ({
  ...Object.fromEntries(
    Object.entries(OUTPUTS).map(([id, output]) => [id, partnerOf(id, origin, { output, registries: { social: ALL } })]),
  ),
  few: partnerOf('few', origin, { output: { profile: 'openspp', values: 'labels' }, registries: { social: FEW } }),
});

const partnerOf = (id: string, origin: string, more: object) => ({
  ...DEMO_PARTNER,
  client_id: id,
  sender_ids: [`${id}.example.org`],
  callbacks: [origin],
  callback: { url: `${origin}/${id}` },
  ...more,
});

const start = (origin: string, registry?: string): Promise<RunningGateway> => {
  const config = asyncConfig(origin);
  const partners = { ...config.partners, ...partnersOf(origin) };
  const registries = registry === undefined ? {} : { registries: { social: { file: registry } } };
  return startGateway({ config: { ...config, partners, ...registries } as never });
};

/** `external.system.org` reads the standard's records. */
const as = (gateway: RunningGateway, id: string) => {
  const standard = id === 'standard';
  const senderId = standard ? 'external.system.org' : `${id}.example.org`;
  const client = gateway.client(standard ? {} : { clientId: id, senderId });
  return {
    client,
    post: (path: string, action: string, message: object): Promise<Answer> =>
      call(client, path, action, message, { sender_id: senderId }),
  };
};

const recordOf = ({ body, text }: Answer | Callback): Record<string, unknown> => {
  const [item] = body.message.search_response;
  assert.equal(item.status, 'succ', text);
  return item.data.reg_records[0];
};

const firstName = (record: Record<string, unknown>): unknown =>
  record.givenName ?? (record.name as Record<string, unknown> | undefined)?.given_name;

const CHECKS: Readonly<Record<string, (record: Record<string, unknown>) => void>> = {
  standard: (record) => {
    assert.equal(record['@type'], 'Person');
    assert.deepEqual(record.name, { ...(record.name as object), surname: 'Núñez Peña', given_name: 'María' });
    assert.deepEqual([record.sex, record.marital_status, record.birth_date], ['female', 'M', '1990-05-17']);
    assert.deepEqual(identifierOf(record, '12345678'), { identifier_type: 'urn:gov:national-id', identifier_value: '12345678' }); // biome-ignore format: one look
  },
  openspp: (record) => {
    assert.deepEqual([record.familyName, record.givenName, record.birthPlace], ['Núñez Peña', 'María', 'Las Águilas']);
    assert.deepEqual([record.sex, record.maritalStatus, record.birthDate], ['female', 'M', '1990-05-17']);
    assert.deepEqual(identifierOf(record, '12345678'), { name: 'National ID', identifier: '12345678' });
    const [household] = record.households as readonly Record<string, unknown>[];
    assert.deepEqual(identifierOf(household ?? {}, 'HH-00001'), { name: 'Household ID', identifier: 'HH-00001' });
    assert.equal(household?.isHead, true);
    assert.doesNotMatch(JSON.stringify(record), /"(@|[a-z]+_)|urn:gov:national-id/);
  },
  labelled: (record) => {
    assert.deepEqual([record.sex, record.marital_status, record.birth_date], ['Female', 'Married', '1990-05-17']);
    assert.deepEqual(identifierOf(record, '12345678'), { identifier_type: 'Carte nationale', identifier_value: '12345678' }); // biome-ignore format: one look
    assert.deepEqual(identifierOf(record, 'XA0012345'), { identifier_type: 'Passport', identifier_value: 'XA0012345' });
  },
  few: (record) => {
    const { identifier, sex, ...name } = record;
    assert.deepEqual(identifier, [{ name: 'National ID', identifier: '12345678' }]);
    assert.equal(sex, 'Female');
    assert.deepEqual(Object.keys(name).sort(), ['additionalName', 'familyName', 'givenName', 'maidenName', 'namePrefix', 'nameSuffix']); // biome-ignore format: one look
  },
};

const identifierOf = ({ identifier }: Record<string, unknown>, value: string): object | undefined =>
  (identifier as readonly object[]).find((each) => Object.values(each).includes(value));

const eachPartner = (gateway: RunningGateway, work: (id: string, partner: ReturnType<typeof as>) => Promise<void>) =>
  Promise.all(Object.keys(CHECKS).map((id) => work(id, as(gateway, id))));

test('at once, by callback and by status each partner reads its own form', async () => {
  await using receiver = await startReceiver();
  await using gateway = await start(receiver.origin);
  await eachPartner(gateway, async (id, { post }) => {
    CHECKS[id]?.(recordOf(await post('/sync/search', 'search', searchMessage())));
    const transaction = randomUUID();
    assert.equal((await post('/search', 'search', searchMessage(transaction))).status, 202);
    const callback = await receiver.next(({ body }) => body.message.transaction_id === transaction, WITHIN_MS);
    CHECKS[id]?.(recordOf(callback));
    if (id === 'standard') assert.deepEqual(callbackProblems('social', '/on-search', callback.body), []);
    const status = await post('/sync/txn/status', 'txn-status', statusMessage('transaction_id', transaction));
    const [item] = status.body.message.txnstatus_response.txn_status.search_response;
    CHECKS[id]?.(item.data.reg_records[0]);
  });
  await byFile(as(gateway, 'openspp').client, receiver);
  await projectedAndNested(as(gateway, 'openspp').client);
  await askedByName(as(gateway, 'openspp').client, as(gateway, 'few').client);
});

/** Rows find their records by the standard's identifiers, many at once, whatever the answer calls them. */
const byFile = async (client: Client, receiver: CallbackReceiver): Promise<void> => {
  const file = csvOf(['12345678', '20201102', '00000000']);
  const envelope = fileEnvelope(file, { senderId: 'openspp.example.org' });
  const { body } = await postForm(client, '/upload/search', csvForm(file, envelope));
  const { correlation_id: correlation } = body.message;
  const answer = await receiver.next((each) => each.body.message.correlation_id === correlation, WITHIN_MS);
  CHECKS.openspp?.(recordOf(answer));
  const found = answer.body.message.search_response.map(({ data }: Found) => data.reg_records.map(firstName));
  assert.deepEqual(found, [['María'], ['Lucía'], []]);
};

interface Found {
  readonly data: { readonly reg_records: readonly Record<string, unknown>[] };
}

/** Not held to the specification: these partners agreed something else. */
const search = async (client: Client, query: unknown, criteria: Record<string, unknown> = {}): Promise<Answer> =>
  client.send('/registry/sync/search', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await client.getToken()}` },
    body: JSON.stringify(client.envelope([searchItem(query, {}, criteria)])),
  });

type Member = Record<string, unknown> & { readonly demographicInfo?: Record<string, unknown> };
type Group = Record<string, unknown> & { readonly groupHeadInfo?: Member; readonly memberList?: readonly Member[] };

/** A selection keeps the standard's names; groups and members are written all the way down. */
const projectedAndNested = async (client: Client): Promise<void> => {
  const selection = '{ Person(birth_date: "1990-05-17", sex: "female") { name { given_name } birth_date } }';
  assert.deepEqual(Object.keys(recordOf(await search(client, selection))).sort(), ['birthDate', 'givenName']);
  const query = { type: 'urn:gov:household', value: 'HH-00001' };
  const group: Group = recordOf(await search(client, query, { reg_record_type: 'Group' }));
  const { groupHeadInfo: head, memberList: [, member] = [] } = group;
  assert.deepEqual(identifierOf(group, 'HH-00001'), { name: 'Household ID', identifier: 'HH-00001' });
  assert.equal(head?.demographicInfo?.givenName, 'María');
  assert.deepEqual(identifierOf(head ?? {}, '12345678'), { name: 'National ID', identifier: '12345678' });
  assert.equal(member?.demographicInfo?.familyName, 'Núñez Peña');
  assert.doesNotMatch(JSON.stringify(group).replaceAll(/"key":"[a-z_]*"/g, ''), /"(@|[a-z]+_[a-z_]*":)/);
};

/** Names of the mapping are names in queries too, and open nothing: passports are not agreed with the second one. */
const askedByName = async (all: Client, few: Client): Promise<void> => {
  CHECKS.openspp?.(recordOf(await search(all, { type: 'National ID', value: '12345678' })));
  CHECKS.few?.(recordOf(await search(few, { type: 'national id', value: '12345678' })));
  assert.equal((await search(few, { type: 'Passport', value: 'XA0012345' })).status, 403);
};

test('what changes and what is gone is told to each partner in its own form', async () => {
  using sample = ownSample();
  await using receiver = await startReceiver();
  await using gateway = await start(receiver.origin, sample.file);
  const codes = new Map<string, string>();
  await eachPartner(gateway, async (id, { post }) => {
    const criteria = { reg_event_type: '*', filter: { type: 'urn:gov:national-id', value: '12345678' } };
    const { body } = await post('/subscribe', 'subscribe', subscribeMessage(randomUUID(), criteria));
    codes.set(id, body.message.subscription_code);
  });
  await changedUntilTold(sample, receiver, codes.get('standard') ?? '');
  for (const id of Object.keys(CHECKS)) {
    const told = await receiver.next(isNotify(codes.get(id), 1), WITHIN_MS);
    const record = recordTold(told);
    CHECKS[id]?.(withoutTurn(record));
    if (id === 'standard') assert.deepEqual(callbackProblems('social', '/notify', told.body), []);
  }
  sample.change('persons.csv', '\nP000001,', '\nX000001,');
  const gone = async (id: string) => recordTold(await receiver.next(isDeletion(codes.get(id)), WITHIN_MS));
  const [standard, openspp, labelled, few] = await Promise.all(Object.keys(CHECKS).map(gone));
  assert.deepEqual(Object.keys(standard ?? {}).sort(), ['@context', '@type', 'identifier']);
  assert.deepEqual(identifierOf(standard ?? {}, '12345678'), { identifier_type: 'urn:gov:national-id', identifier_value: '12345678' }); // biome-ignore format: one look
  assert.deepEqual(Object.keys(openspp ?? {}), ['identifier']);
  assert.deepEqual(identifierOf(openspp ?? {}, '12345678'), { name: 'National ID', identifier: '12345678' });
  assert.equal(countOf(openspp), countOf(standard));
  assert.deepEqual(identifierOf(labelled ?? {}, 'XA0012345'), { identifier_type: 'Passport', identifier_value: 'XA0012345' }); // biome-ignore format: one look
  assert.deepEqual(few, { identifier: [{ name: 'National ID', identifier: '12345678' }] });
});

const countOf = (record: Record<string, unknown> = {}): number => (record.identifier as readonly object[]).length;

/** The feed begins with what changes from its first look on: a change before that is told nobody. */
const changedUntilTold = async (
  sample: ReturnType<typeof ownSample>,
  receiver: CallbackReceiver,
  code: string,
): Promise<void> => {
  let name = 'María';
  for (let turn = 0; turn < 6; turn++) {
    await receiver.next(() => false, 2_500).catch(() => undefined); // a look of the feed is in between
    sample.change('persons.csv', `P000001,Núñez Peña,${name}`, `P000001,Núñez Peña,María${turn}`);
    name = `María${turn}`;
    const told = await receiver.next(isNotify(code, 1), WITHIN_MS / 4).catch(() => undefined);
    if (told !== undefined) return;
  }
  assert.fail('no change was told');
};

const isNotify =
  (code: string | undefined, number: number | undefined) =>
  ({ body }: Callback): boolean =>
    body.header.action === 'notify' &&
    body.header.meta.subscription_code === code &&
    (number === undefined || body.header.meta.sequence_number === number);

const isDeletion =
  (code: string | undefined) =>
  (callback: Callback): boolean =>
    isNotify(code, undefined)(callback) && callback.body.header.meta.events[0].reg_event_type === 'DELETE';

const recordTold = ({ body }: Callback): Record<string, unknown> => body.message.notify_event[0].data.reg_records;

/** María1 is María: the name counts the turns. */
const withoutTurn = (record: Record<string, unknown>): Record<string, unknown> => {
  assert.match(String(firstName(record)), /^María\d$/);
  return JSON.parse(JSON.stringify(record).replace(/María\d/, 'María'));
};
