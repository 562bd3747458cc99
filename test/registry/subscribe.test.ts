import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readSubscribeRequest } from '../../src/dci/subscribe-request.ts';
import { GatewayError } from '../../src/errors.ts';
import { notifyUrl } from '../../src/registry/notify-url.ts';
import { newSubscriptionCode, subscribeAck } from '../../src/registry/subscription-code.ts';
import { SUBSCRIPTIONS, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { insertOf } from '../../src/store/documents.ts';
import { ALL_OF_A_RECORD, rightsOf } from '../support/rights.ts';
import {
  addPerson,
  criteria,
  EVERYTHING,
  subscribeMessage,
  subscriber,
  subscriptionRig,
} from '../support/subscription-rig.ts';

const IDENTIFIER = { type: 'NID', value: 'N1' };

const codeOf = (items: readonly Record<string, unknown>[]): unknown => items[0]?.status_reason_code ?? items[0]?.status;

describe('a subscribe request', () => {
  it('is answered with the code, the kind of event and when it ends', async () => {
    const rig = subscriptionRig();
    const { codes, items, content } = await rig.subscribe(criteria({ reg_event_type: 'REGISTRATION' }));
    assert.equal(content.status, 'succ');
    const [subscription] = (items[0]?.subscriptions ?? []) as Record<string, unknown>[];
    assert.deepEqual([subscription?.code, subscription?.status], [codes[0], 'subscribe']);
    assert.equal(subscription?.reg_event_type, 'REGISTRATION');
    assert.equal(Date.parse(String(subscription?.expires)), rig.world.now + 365 * 86_400_000);
    assert.ok(!JSON.stringify(items).includes('filter'), 'a filter may hold identifiers');
  });

  it('answers its good items although others are refused', async () => {
    const rig = subscriptionRig();
    const { items, content } = await rig.subscribe([criteria(), criteria({ filter: { what: 'is this' } })]);
    assert.deepEqual(items.map(({ status }) => status), ['succ', 'rjct']); // biome-ignore format: one look
    assert.equal(items[1]?.status_reason_code, 'rjct.notify_details.invalid');
    assert.equal(content.reasonMessage, '1/2 items succeeded');
  });

  it('is refused under the same code whether a right is missing or a name is unknown', async () => {
    const few = subscriber(
      'health',
      {},
      { registries: new Map([['social', rightsOf({ Person: { ...ALL_OF_A_RECORD, attributes: ['birth_date'] } })]]) },
    );
    const rig = subscriptionRig({ partners: [few] });
    const asking = (attribute: string) => ({ seq: [{ attribute, operator: '=', value: 'X' }] });
    const hidden = await rig.subscribe(criteria({ filter: asking('name.surname') }));
    const unknown = await rig.subscribe(criteria({ filter: asking('name.nothing') }));
    assert.deepEqual([codeOf(hidden.items), codeOf(unknown.items)], Array(2).fill('rjct.notify_details.invalid'));
    const words = ({ items }: typeof hidden) => String(items[0]?.status_reason_message).replace(/name\.\w+/g, 'NAME');
    assert.equal(words(hidden), words(unknown));
    const group = await rig.subscribe(criteria({ notify_record_type: 'Group' }));
    const rubbish = await rig.subscribe(criteria({ notify_record_type: 'Nonsense' }));
    assert.deepEqual([codeOf(group.items), codeOf(rubbish.items)], Array(2).fill('rjct.notify_types.invalid'));
  });

  it('means the record type that all its names agree on, and is refused where they do not', async () => {
    const rig = subscriptionRig();
    const said = async (names: object) => codeOf((await rig.subscribe(criteria(names))).items);
    for (const key of ['reg_record_type', 'response_entity']) {
      assert.equal(await said({ [key]: 'Group' }), 'rjct.notify_types.invalid', key);
      assert.equal(await said({ [key]: 'Group', notify_record_type: undefined }), 'rjct.notify_types.invalid', key);
    }
    assert.equal(await said({ reg_record_type: 'SRPerson', response_entity: 'PERSON' }), 'succ');
  });

  it('may ask for everything only with the width "any"', async () => {
    for (const [width, status] of [
      ['any', 'succ'],
      ['selective', 'rjct.notify_details.invalid'],
      ['identifiers', 'rjct.notify_details.invalid'],
    ] as const) {
      // biome-ignore format: one look
      const rig = subscriptionRig({ partners: [subscriber('health', { width })] });
      assert.equal(codeOf((await rig.subscribe(criteria({ filter: EVERYTHING }))).items), status, width);
      assert.equal(codeOf((await rig.subscribe(criteria({ filter: IDENTIFIER }))).items), 'succ', width);
    }
  });

  it('takes a filter in every dialect, and the same in another is the same subscription', async () => {
    const rig = subscriptionRig();
    const filters: readonly unknown[] = [
      { seq: [{ attribute: 'birth_date', operator: '=', value: '1990-01-01' }] },
      { expression: { seq: [{ attribute: 'dob', operator: 'eq', value: '1990-01-01' }] } },
      [{ seq_num: 1, expression1: { attribute_name: 'birthdate', operator: 'eq', attribute_value: '1990-01-01' } }],
      { type: 'ns:org:QueryType:expression', value: { expression: { collection: 'Person', query: { birth_date: { $eq: '1990-01-01' } } } } }, // biome-ignore format: one look
    ];
    const codes = [];
    for (const filter of filters) codes.push(codeOf((await rig.subscribe(criteria({ filter }))).items));
    assert.deepEqual(codes, ['succ', ...Array(3).fill('rjct.event.already_subscribed')]);
    assert.equal(codeOf((await rig.subscribe(criteria({ filter: IDENTIFIER }))).items), 'succ');
  });

  it('differs by event, frequency and partner', async () => {
    const rig = subscriptionRig({ partners: [subscriber(), subscriber('labour')] });
    assert.equal(codeOf((await rig.subscribe(criteria())).items), 'succ');
    assert.equal(codeOf((await rig.subscribe(criteria({ reg_event_type: 'DELETE' }))).items), 'succ');
    assert.equal(codeOf((await rig.subscribe(criteria({ frequency: { frequency: 'daily' } }))).items), 'succ');
    assert.equal(codeOf((await rig.subscribe(criteria(), 'labour')).items), 'succ');
    assert.equal(codeOf((await rig.subscribe(criteria())).items), 'rjct.event.already_subscribed');
  });

  it('is refused over the limit of live subscriptions, which an end makes room in', async () => {
    const rig = subscriptionRig({ settings: { perPartner: 2 } });
    const { codes } = await rig.subscribe(criteria());
    await rig.subscribe(criteria({ reg_event_type: 'DELETE' }));
    const third = criteria({ reg_event_type: 'REGISTER' });
    assert.equal(codeOf((await rig.subscribe(third)).items), 'rjct.notify_details.invalid');
    await rig.unsubscribe(codes);
    assert.equal(codeOf((await rig.subscribe(third)).items), 'succ');
  });

  it('may go on from the end of another at the limit too, and beside one whose time is over', async () => {
    const rig = subscriptionRig({ settings: { perPartner: 1 } });
    const of = (event: string, start_time?: string, end_time?: string) => criteria({ reg_event_type: event, frequency: { ...(start_time && { start_time }), ...(end_time && { end_time }) } }); // biome-ignore format: one look
    const said = async (asked: object) => codeOf((await rig.subscribe(asked)).items);
    const [first, second] = ['2023-11-15T00:00:00Z', '2023-11-16T00:00:00Z'];
    assert.equal(await said(of('UPDATE', undefined, first)), 'succ');
    assert.equal(await said(of('DELETE')), 'rjct.notify_details.invalid');
    assert.equal(await said(of('UPDATE', first, second)), 'succ');
    assert.equal(await said(of('DELETE', first)), 'rjct.notify_details.invalid', 'there is one at that time');
    assert.equal(await said(of('UPDATE', second)), 'rjct.notify_details.invalid', 'one period ahead, not any number');
    rig.world.now = Date.parse(second);
    assert.equal(await said(of('DELETE')), 'succ', 'nobody has ended those two yet');
    assert.equal(await said(of('REGISTER')), 'rjct.notify_details.invalid');
  });

  it('may go on from the end of another: each tells its own time', async () => {
    const rig = subscriptionRig();
    const [end, early] = ['2023-11-15T00:00:00Z', '2023-11-14T23:59:59Z'];
    const from = (start_time: string) => criteria({ reg_event_type: '*', frequency: { start_time } });
    const first = await rig.subscribe(criteria({ reg_event_type: '*', frequency: { end_time: end } }));
    assert.equal(codeOf((await rig.subscribe(from(early))).items), 'rjct.event.already_subscribed');
    const next = await rig.subscribe(from(end));
    assert.deepEqual([codeOf(first.items), codeOf(next.items)], ['succ', 'succ']);
    assert.equal(codeOf((await rig.subscribe(from(end))).items), 'rjct.event.already_subscribed');
    addPerson(rig.country, 1);
    await rig.poll();
    rig.world.now = Date.parse(end);
    addPerson(rig.country, 2);
    await rig.poll();
    const told = async (code = '') => (await rig.told(code)).flatMap(({ records }) => records.map(({ event }) => event)); // biome-ignore format: one look
    assert.deepEqual([await told(first.codes[0]), await told(next.codes[0])], [['REGISTER'], ['REGISTER']]);
  });

  it('ends when its acknowledgement said, however long it waited to be made, and another goes on from there', async () => {
    const rig = subscriptionRig();
    const [partner = subscriber()] = rig.partners;
    rig.world.now += 987;
    const transaction = rig.transactionOf('subscribe', 'health', ['SUB-waits']);
    rig.world.now += 5_432;
    const message = subscribeMessage([criteria()]);
    const request = readSubscribeRequest(message, 1);
    const ack = subscribeAck(request, ['SUB-waits'], transaction.acceptedAt, 365 * 86_400_000);
    const [content] = await rig.subscribeRunner.run({ transaction, message, partner });
    const { expires } = ack.message;
    assert.ok(JSON.stringify(content?.message).includes(`"expires":"${String(expires)}"`));
    assert.equal(codeOf((await rig.subscribe(criteria({ frequency: { start_time: expires } }))).items), 'succ');
  });

  it('may come again once the first is over, although nobody has ended that yet', async () => {
    const rig = subscriptionRig();
    const ends = criteria({ frequency: { frequency: '', end_time: '2023-11-15T00:00:00Z' } });
    assert.equal(codeOf((await rig.subscribe(ends)).items), 'succ');
    rig.world.now += 86_400_000;
    assert.equal(codeOf((await rig.subscribe(criteria())).items), 'succ');
    assert.equal(rig.world.state.all(SUBSCRIPTIONS).filter(({ liveKey }) => liveKey !== undefined).length, 1);
    assert.equal(codeOf((await rig.subscribe(criteria())).items), 'rjct.event.already_subscribed');
  });

  it('does not live on where its end, which names the code of its acknowledgement, was worked on first', async () => {
    const rig = subscriptionRig({ partners: [subscriber(), subscriber('labour')] });
    const [partner = subscriber()] = rig.partners;
    const made = rig.transactionOf('subscribe', 'health', ['SUB-late']);
    const ending = rig.transactionOf('unsubscribe', 'health', []);
    const end = () => rig.unsubscribe(['SUB-late'], 'health', ending);
    for (const state of ['accepted', 'running'] as const) {
      await rig.documents.apply([insertOf(TRANSACTIONS, { ...made, _id: state, state })]);
      await assert.rejects(
        end,
        (error) => error instanceof GatewayError && error.code === 'service.unavailable',
        state,
      );
      await rig.documents.remove(TRANSACTIONS, state);
    }
    await rig.documents.apply([insertOf(TRANSACTIONS, made)]);
    const theirs = await rig.unsubscribe(['SUB-late'], 'labour');
    assert.equal(theirs.message.status_reason_code, 'rjct.subscription_code.invalid');
    await rig.subscribeRunner.run({ transaction: made, message: subscribeMessage([criteria()]), partner });
    assert.equal((await end()).status, 'succ');
    assert.deepEqual(rig.world.state.all(SUBSCRIPTIONS).map(({ live }) => live), [false]); // biome-ignore format: one look
  });

  it('is refused for events that the registry does not tell', async () => {
    const rig = subscriptionRig();
    const said = async (event: string) => codeOf((await rig.subscribe(criteria({ reg_event_type: event }))).items);
    assert.equal(await said('spdci-common:RegistryEventType:Death'), 'succ');
    assert.equal(await said('live_birth'), 'succ', 'a birth makes a record');
    assert.equal(await said('MARRIAGE'), 'rjct.notify_types.invalid');
    assert.equal(await said('?'), 'rjct.notify_types.invalid');
  });

  it('is refused for a time without a zone, a range that is over, and a frequency that never comes', async () => {
    const rig = subscriptionRig();
    const said = async (frequency: object) => codeOf((await rig.subscribe(criteria({ frequency }))).items);
    assert.equal(await said({ frequency: 'daily', start_time: '2024-01-15T00:00:00' }), 'rjct.timestamp.invalid');
    assert.equal(await said({ frequency: 'daily', end_time: '2023-01-01T00:00:00Z' }), 'rjct.notify_details.invalid');
    assert.equal(await said({ frequency: '0 0 30 2 *' }), 'rjct.notify_details.invalid');
    assert.equal(
      await said({ frequency: '0 0 1 1 *', end_time: '2023-12-01T00:00:00Z' }),
      'rjct.notify_details.invalid',
    );
    assert.equal(await said({ frequency: '*/10 * * * * *' }), 'rjct.notify_details.invalid');
    assert.equal(await said({ frequency: '0 0 0 5,15 * ? *' }), 'succ');
  });

  it('waits for status where there is nowhere to call', async () => {
    const rig = subscriptionRig({ partners: [subscriber('health', {}, { callbacks: [] })] });
    const { codes } = await rig.subscribe(criteria());
    assert.equal(rig.world.state.get(SUBSCRIPTIONS, codes[0] ?? '')?.callbackUrl, undefined);
  });

  it('keeps no filter in clear text', async () => {
    const rig = subscriptionRig();
    await rig.subscribe(criteria({ filter: { type: 'NID', value: 'SECRET-77' } }));
    assert.ok(!rig.world.state.describe().includes('SECRET-77'));
  });
});

describe('an unsubscribe request', () => {
  it('ends a subscription once, and neither finds nor touches those of others', async () => {
    const rig = subscriptionRig({ partners: [subscriber(), subscriber('labour')] });
    const mine = (await rig.subscribe(criteria())).codes;
    const theirs = (await rig.subscribe(criteria(), 'labour')).codes;
    const first = await rig.unsubscribe(mine);
    assert.deepEqual([first.status, first.message.subscription_status], ['succ', [{ code: mine[0], status: 'unsubscribe' }]]); // biome-ignore format: one look
    assert.equal((await rig.unsubscribe(mine)).message.status_reason_code, 'rjct.event.already_unsubscribed');
    const foreign = (await rig.unsubscribe(theirs)).message;
    const unknown = (await rig.unsubscribe(['SUB-none'])).message;
    for (const { status, status_reason_code, subscription_status } of [foreign, unknown])
      assert.deepEqual([status, status_reason_code, subscription_status], ['rjct', 'rjct.subscription_code.invalid', []]); // biome-ignore format: one look
    assert.equal(rig.world.state.get(SUBSCRIPTIONS, theirs[0] ?? '')?.live, true);
  });

  it('says how many ended where not all did', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria());
    const { status, message } = await rig.unsubscribe([...codes, 'SUB-none']);
    assert.deepEqual([status, message.status_reason_message], ['succ', '1/2 subscriptions ended']);
  });
});

describe('the message of a subscribe request', () => {
  const read = (message: object) =>
    readSubscribeRequest(parseJsonObject(JSON.stringify(message), { maxDepth: 32 }).root, 10);

  it('may carry one subscribe_criteria in place of the list', () => {
    const { items } = read({
      transaction_id: 'u',
      subscribe_criteria: { reg_event_type: 'REGISTRATION', filter: 'x' },
    });
    assert.deepEqual([items.length, items[0]?.referenceId, items[0]?.rejection], [1, 'u', undefined]);
  });

  it('may spell subscribe as subscibe and name its language in other forms', () => {
    const item = {
      reference_id: 'r',
      timesatmp: '2024-01-01T00:00:00Z',
      locale: 'en',
      subscibe_criteria: { filter: 'x' },
    };
    const { items } = read({ transaction_id: 'u', subscibe_request: item });
    assert.deepEqual([items[0]?.locale, items[0]?.rejection], ['eng', undefined]);
    assert.equal(read({ transaction_id: 'u', subscribe_criteria: { locale: 'ENG' } }).items[0]?.locale, 'eng');
  });

  it('is malformed with a time that is none, with both forms, with too many items', () => {
    const bad = (message: object) => assert.throws(() => read({ transaction_id: 'u', ...message }), GatewayError);
    bad({ subscribe_criteria: { frequency: { start_time: 'soon' } } });
    bad({ subscribe_criteria: {}, subscribe_request: [] });
    bad({ subscribe_request: Array(11).fill({ subscribe_criteria: {} }) });
    bad({});
  });
});

describe('what is told before a subscription is made', () => {
  it('is the code, which nobody can guess, and the end', () => {
    assert.match(newSubscriptionCode(), /^SUB-[\w-]{20}$/);
    assert.notEqual(newSubscriptionCode(), newSubscriptionCode());
    const request = readSubscribeRequest(subscribeMessage([criteria()]), 10);
    const ack = subscribeAck(request, ['SUB-1'], Date.UTC(2024, 0, 1), 86_400_000);
    assert.deepEqual(ack, {
      status: 'succ',
      message: { subscription_code: 'SUB-1', subscription_codes: ['SUB-1'], expires: '2024-01-02T00:00:00Z' },
    });
    const two = readSubscribeRequest(subscribeMessage([criteria(), criteria()]), 10);
    assert.equal(subscribeAck(two, ['SUB-1', 'SUB-2'], 0, 1).status, 'rcvd');
  });

  it('is where notifications go: beside the answer, by the partner’s rule', () => {
    const by = (rule: 'auto' | 'exact' | 'append') =>
      notifyUrl(
        subscriber('health', {}, { callback: { rule } } as never),
        'https://health.example.org/dci/on-subscribe',
      );
    assert.equal(by('auto'), 'https://health.example.org/dci/notify');
    assert.equal(by('append'), 'https://health.example.org/dci/notify');
    assert.equal(by('exact'), 'https://health.example.org/dci/on-subscribe');
    assert.equal(notifyUrl(subscriber(), 'https://elsewhere.example/on-subscribe'), undefined);
  });
});
