import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { subscribing } from '../../support/subscribing-upstream.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const subscribed = async (over: Parameters<typeof subscribing>[0] = {}) => {
  const rig = subscribing(over);
  await rig.pass(0);
  assert.equal(rig.own()?.state, 'live');
  rig.paths();
  return rig;
};

const problems = (lines: ReturnType<typeof subscribing>['lines']) =>
  lines.filter(({ message }) => message.includes('has a problem')).map(({ fields }) => fields.problem);

describe('our own subscription', () => {
  it('is asked for once an event of what is pushed, for all records, and confirmed by callback', async () => {
    const rig = subscribing();
    await rig.run();
    const [request, ...others] = rig.asked;
    assert.equal(others.length, 0);
    assert.equal(request?.senderUri, 'https://us.example/registry/on-subscribe');
    const items = request?.message.subscribe_request as readonly { subscribe_criteria: object }[];
    assert.deepEqual(items.map(({ subscribe_criteria }) => subscribe_criteria), [
      { version: '1.0.0', reg_type: 'SR', reg_event_type: 'UPDATE', notify_record_type: 'Person', filter_type: 'idtype-value', filter: { type: '*', value: '*' } },
      { version: '1.0.0', reg_type: 'SR', reg_event_type: 'DELETE', notify_record_type: 'Person', filter_type: 'idtype-value', filter: { type: '*', value: '*' } },
    ]); // biome-ignore format: one look
    assert.notEqual(rig.own()?.state, 'live');
    await rig.pass(0);
    assert.equal(rig.own()?.state, 'live');
    assert.equal(rig.live.size, 2);
    assert.equal(rig.reread(), 0, 'nothing was missed: it has just begun');
  });

  it('is not confirmed by anybody else, without a signature, about another request, or by what is no answer yet', async () => {
    const rig = subscribing();
    await rig.run();
    const [message] = rig.callbacks.splice(0);
    assert.ok(message);
    await rig.receive(message, 'stranger');
    await rig.receive(message, 'civil', false);
    await rig.receive({ ...message, transaction_id: 'another' });
    const underway = [1, 2].map((n) => ({ reference_id: `${n}`, status: 'pdng' }));
    await rig.receive({ ...message, subscribe_response: underway });
    await rig.run();
    assert.equal(rig.own()?.state, 'asked');
    await rig.receive(message);
    await rig.run();
    assert.equal(rig.own()?.state, 'live');
  });

  it('may be confirmed with the acknowledgement, or by it', async () => {
    for (const [answers, events] of [
      ['at once', ['UPDATE', 'DELETE']],
      ['by acknowledgement', ['UPDATE']],
    ] as const) {
      const rig = subscribing({ events });
      rig.rules.answers = answers;
      await rig.run();
      assert.equal(rig.own()?.state, 'live', answers);
      assert.equal(rig.callbacks.length, 0);
    }
  });

  it('is confirmed by its status where no callback comes', async () => {
    const rig = subscribing();
    await rig.run();
    rig.callbacks.length = 0;
    await rig.pass(31_000);
    assert.equal(rig.own()?.state, 'live');
  });

  it('is sent again under the same ids until it is taken, with growing pauses, and one line about it', async () => {
    const rig = subscribing();
    rig.rules.away = true;
    for (let tries = 0; tries < 5; tries++) await rig.pass(20 * MINUTE);
    assert.ok(rig.asked.length >= 5);
    assert.equal(new Set(rig.asked.map(({ messageId, message }) => messageId + JSON.stringify(message))).size, 1);
    const before = rig.asked.length;
    await rig.pass(MINUTE);
    assert.equal(rig.asked.length, before, 'it waits');
    rig.rules.away = false;
    await rig.pass(20 * MINUTE);
    assert.equal(rig.own()?.state, 'live');
    assert.deepEqual(problems(rig.lines), ['the call to https://civil.example failed']);
  });

  it('is looked at, and asked for again once it is gone; what may have been missed is read again', async () => {
    const rig = await subscribed();
    await rig.pass(4 * MINUTE);
    assert.deepEqual(rig.paths(), []);
    await rig.pass(MINUTE);
    assert.deepEqual(rig.paths(), ['/sync/txn/status']);
    assert.equal(rig.reread(), 0);
    rig.live.clear();
    await rig.pass(5 * MINUTE);
    assert.deepEqual(rig.paths(), ['/sync/txn/status', '/subscribe']);
    assert.equal(rig.live.size, 2);
    assert.equal(rig.own()?.state, 'live');
    assert.equal(rig.reread(), 1);
    assert.deepEqual(problems(rig.lines), ['subscriptions are not known to the upstream']);
    await rig.pass(5 * MINUTE);
    assert.equal(rig.reread(), 1, 'once');
  });

  it('of which one is gone, that one is asked for', async () => {
    const rig = await subscribed();
    const [first = ''] = [...rig.live.keys()];
    rig.live.delete(first);
    await rig.pass(5 * MINUTE);
    const [, request] = rig.asked;
    assert.equal(request?.totalCount, 1);
    assert.deepEqual([...rig.live.values()].toSorted(), ['DELETE', 'UPDATE']);
    assert.equal(rig.own()?.state, 'live');
  });

  it('is left alone while the upstream is away; then what may have been missed is read again', async () => {
    const rig = await subscribed();
    rig.rules.away = true;
    for (let tries = 0; tries < 4; tries++) await rig.pass(5 * MINUTE);
    assert.ok(rig.paths().every((path) => path === '/sync/txn/status'));
    assert.equal(problems(rig.lines).length, 1);
    rig.rules.away = false;
    await rig.pass(20 * MINUTE);
    assert.equal(rig.reread(), 1);
    assert.equal(rig.live.size, 2);
  });

  it('waits as long as an upstream says that limits requests: nothing is missed, and no try is lost', async () => {
    const rig = subscribing();
    rig.rules.limited = { ms: 10 * MINUTE };
    await rig.pass(0);
    assert.equal(rig.asked.length, 1);
    await rig.pass(9 * MINUTE);
    assert.equal(rig.asked.length, 1, 'not before its time');
    for (let tries = 0; tries < 5; tries++) await rig.pass(10 * MINUTE);
    assert.equal(rig.asked.length, 6);
    rig.rules.limited = undefined;
    await rig.pass(10 * MINUTE);
    await rig.pass(0);
    assert.equal(rig.own()?.state, 'live');
    rig.rules.limited = { ms: 10 * MINUTE };
    await rig.pass(5 * MINUTE);
    rig.rules.limited = undefined;
    await rig.pass(10 * MINUTE);
    assert.equal(rig.reread(), 0);
    assert.deepEqual(problems(rig.lines), []);
    assert.equal(rig.live.size, 2);
  });

  it('ends old ones although the upstream fails, and then limits requests', async () => {
    const rig = subscribing();
    rig.rules.once = false;
    rig.rules.lifetimeMs = 10 * HOUR;
    await rig.pass(0);
    const endings = (): number => rig.asked.filter(({ path }) => path === '/unsubscribe').length;
    rig.rules.broken = '/unsubscribe';
    while (endings() < 4) await rig.pass(10 * MINUTE);
    assert.equal(rig.live.size, 4, 'the new ones live, the old ones are to be ended');
    rig.rules.broken = undefined;
    rig.rules.limited = { path: '/unsubscribe', ms: MINUTE };
    for (let tries = 0; tries < 8; tries++) await rig.pass(10 * MINUTE);
    rig.rules.limited = undefined;
    await rig.pass(MINUTE);
    assert.equal(rig.live.size, 2);
  });

  it('has another in its place before it ends; the old one is ended then', async () => {
    const rig = subscribing();
    rig.rules.once = false;
    rig.rules.lifetimeMs = 10 * HOUR;
    await rig.pass(0);
    const old = [...rig.live.keys()];
    await rig.pass(7 * HOUR);
    assert.deepEqual([...rig.live.keys()], old);
    await rig.pass(2 * HOUR);
    assert.equal(rig.live.size, 2);
    assert.ok(old.every((code) => !rig.live.has(code)));
    assert.equal(rig.reread(), 0, 'one was there all the time');
  });

  it('goes on where the upstream renews it under the code it has', async () => {
    const rig = subscribing();
    Object.assign(rig.rules, { once: false, sameCode: true, lifetimeMs: 10 * HOUR });
    await rig.pass(0);
    await rig.pass(9 * HOUR);
    assert.deepEqual([...rig.live.keys()].toSorted(), ['SUB-DELETE', 'SUB-UPDATE']);
    assert.ok(!rig.paths().includes('/unsubscribe'));
  });

  it('is looked at and renewed although the upstream ends none', async () => {
    const rig = subscribing();
    Object.assign(rig.rules, { once: false, lifetimeMs: 10 * HOUR, broken: '/unsubscribe' });
    await rig.pass(0);
    await rig.pass(9 * HOUR);
    for (let hours = 0; hours < 2; hours++) await rig.pass(HOUR);
    const renewed = new Set(rig.live.keys());
    rig.live.clear();
    rig.paths();
    for (let tries = 0; tries < 3; tries++) await rig.pass(20 * MINUTE);
    assert.ok(rig.live.size === 2 && [...rig.live.keys()].every((code) => !renewed.has(code)), 'it was gone');
    rig.paths();
    await rig.pass(9 * HOUR);
    assert.ok(rig.paths().includes('/subscribe'), 'its time is over');
    for (let tries = 0; tries < 6; tries++) await rig.pass(5 * MINUTE);
    assert.equal(rig.own()?.state, 'live');
    assert.equal(rig.own()?.problem, undefined);
  });

  it('that is taken again and again and never answered leaves no endless list behind', async () => {
    const rig = subscribing();
    Object.assign(rig.rules, { once: false, refuses: { path: '/sync/txn/status', status: 404 } });
    const most = 500;
    for (let tries = 0; tries < 1.2 * most; tries++) {
      rig.world.now += 6 * MINUTE;
      await rig.run();
      rig.callbacks.length = 0;
    }
    assert.ok(rig.asked.length > most);
    assert.equal(rig.own()?.old.length, most);
  });

  it('is renewed in the time it was asked for, where its end is told by the acknowledgement or by nobody', async () => {
    const told = subscribing({ events: ['UPDATE'] });
    Object.assign(told.rules, { answers: 'by acknowledgement', lifetimeMs: 10 * HOUR, once: false });
    const untold = subscribing({ lifetimeMs: 10 * HOUR });
    untold.rules.once = false;
    for (const rig of [told, untold]) {
      await rig.pass(0);
      const old = [...rig.live.keys()];
      assert.ok(old.length > 0);
      await rig.pass(7 * HOUR);
      assert.deepEqual([...rig.live.keys()], old);
      await rig.pass(2 * HOUR);
      assert.ok(old.every((code) => !rig.live.has(code)) && rig.live.size === old.length);
    }
  });

  it('is not asked for twice where the answer overtakes the acknowledgement, and is not whole', async () => {
    const rig = subscribing();
    const answers: object[] = [];
    rig.rules.meanwhile = async () => {
      const [message] = rig.callbacks.splice(0) as { subscribe_response: readonly object[] }[];
      answers.push(...(message?.subscribe_response ?? []).map((each) => ({ ...message, subscribe_response: [each] })));
      await rig.receive(answers.shift() ?? {});
    };
    await rig.run();
    assert.equal(rig.own()?.items[0]?.state, 'live');
    assert.equal(rig.paths().filter((path) => path === '/subscribe').length, 1);
    await rig.receive(answers.shift() ?? {});
    await rig.run();
    assert.equal(rig.own()?.state, 'live');
    assert.deepEqual(
      rig.own()?.items.map(({ state }) => state),
      ['live', 'live'],
    );
  });

  it('is ended first where the upstream has no two of the same; what came between is read again', async () => {
    const rig = subscribing();
    rig.rules.lifetimeMs = 10 * HOUR;
    await rig.pass(0);
    const old = [...rig.live.keys()];
    await rig.pass(9 * HOUR);
    await rig.pass(3_000);
    assert.equal(rig.own()?.state, 'live');
    assert.equal(rig.live.size, 2);
    assert.ok(old.every((code) => !rig.live.has(code)));
    assert.equal(rig.reread(), 1);
  });

  it('that was there before ours is known is taken for one that lives, and asked for now and then', async () => {
    const rig = subscribing();
    rig.live.set('forgotten-1', 'UPDATE').set('forgotten-2', 'DELETE');
    await rig.pass(0);
    assert.equal(rig.own()?.state, 'live');
    await rig.pass(5 * MINUTE);
    assert.equal(rig.reread(), 0);
    rig.live.clear();
    await rig.pass(5 * MINUTE);
    assert.equal(rig.live.size, 2);
    assert.equal(rig.reread(), 1);
  });

  it('is asked for once a day where the upstream has no status', async () => {
    const rig = subscribing();
    rig.rules.refuses = { path: '/sync/txn/status', status: 404 };
    await rig.pass(0);
    rig.paths();
    for (let hours = 0; hours < 23; hours++) await rig.pass(HOUR);
    assert.ok(rig.paths().every((path) => path === '/sync/txn/status'));
    rig.live.clear();
    await rig.pass(2 * HOUR);
    await rig.pass(3_000);
    assert.equal(rig.live.size, 2);
    assert.equal(rig.own()?.state, 'live');
    assert.equal(rig.reread(), 1);
    assert.deepEqual(problems(rig.lines), []);
  });

  it('that is refused is told once and asked for again later; what is not refused works', async () => {
    const rig = subscribing();
    rig.rules.unknown = ['DELETE'];
    await rig.pass(0);
    assert.equal(rig.own()?.state, 'live');
    assert.deepEqual([...rig.live.values()], ['UPDATE']);
    await rig.pass(5 * MINUTE);
    assert.deepEqual(problems(rig.lines), ['the upstream refused DELETE: rjct.notify_types.invalid']);
    rig.rules.unknown = [];
    await rig.pass(HOUR);
    assert.deepEqual([...rig.live.values()].toSorted(), ['DELETE', 'UPDATE']);

    const barred = subscribing();
    barred.rules.refuses = { status: 403 };
    for (let tries = 0; tries < 4; tries++) await barred.pass(2 * MINUTE);
    assert.ok(barred.asked.length <= 2, 'not again and again');
    assert.deepEqual(problems(barred.lines), ['the upstream refused the request with status 403 (why)']);
  });

  it('is one, whoever works on it at the same time', async () => {
    const rig = subscribing();
    rig.rules.lifetimeMs = 10 * HOUR;
    const together = async (ms: number): Promise<void> => {
      rig.world.now += ms;
      await Promise.all([rig.run(), rig.run(), rig.run()]);
      for (const message of rig.callbacks.splice(0)) await rig.receive(message);
      await Promise.all([rig.run(), rig.run()]);
    };
    await together(0);
    const ids = () => new Set(rig.asked.filter(({ path }) => path === '/subscribe').map(({ messageId }) => messageId));
    assert.equal(ids().size, 1);
    assert.equal(rig.live.size, 2);
    rig.live.clear();
    await together(5 * MINUTE);
    assert.equal(ids().size, 2);
    assert.equal(rig.live.size, 2);
    assert.equal(rig.own()?.state, 'live');
  });

  it('is another when something else is wanted, and ends when nothing is', async () => {
    const rig = await subscribed();
    const old = [...rig.live.keys()];
    rig.want({ events: ['REGISTER'] });
    await rig.pass(0);
    assert.deepEqual([...rig.live.values()], ['REGISTER']);
    assert.ok(old.every((code) => !rig.live.has(code)));
    rig.want(undefined);
    rig.rules.away = true;
    await rig.pass(0);
    assert.equal(rig.live.size, 1);
    rig.rules.away = false;
    await rig.pass(MINUTE);
    assert.equal(rig.live.size, 0);
    assert.equal(rig.own(), undefined);
    rig.paths();
    await rig.pass(HOUR);
    assert.deepEqual(rig.paths(), []);
  });
});
