import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerHeader } from '../../src/dci/answer-header.ts';
import { eventNameOf, eventTypeOf, makesRecord, toldEvent, wireEvent } from '../../src/dci/event-types.ts';
import { notifyMessage } from '../../src/dci/notify-message.ts';
import { subscribeResponse, unsubscribeResponse, unsubscribeStatus } from '../../src/dci/subscribe-response.ts';
import { callbackProblems, WITHOUT_SPECS } from '../support/spec-check.ts';

const DOMAINS = ['social', 'crvs', 'fr', 'dr', 'ibr'] as const;
const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

const enveloped = (action: string, message: object) => ({
  signature: 'Signature: namespace="dci"',
  header: answerHeader({
    ...{ messageId: 'm', at: AT, action, status: 'succ', senderId: 'us', receiverId: 'them' },
    ...{ totalCount: 1, completedCount: 1 },
  }),
  message,
});

describe('messages about subscriptions', () => {
  for (const domain of DOMAINS) {
    it(`fit the specs of ${domain}`, { skip: WITHOUT_SPECS }, () => {
      const ids = { transactionId: 't', correlationId: 'c', at: AT };
      const item = { referenceId: 'r', locale: 'eng' };
      const subscribed = subscribeResponse({
        ...{ ...ids, domain, regType: 'ns:org:RegistryType:Social' },
        outcomes: [
          { ...item, status: 'succ', code: 'SUB-1', eventType: 'DELETE', recordType: 'Person', frequency: undefined, startAt: AT, endAt: AT }, // biome-ignore format: one look
          { ...item, status: 'succ', code: 'SUB-2', eventType: 'REGISTER', recordType: 'Person', frequency: 'daily', startAt: AT, endAt: AT }, // biome-ignore format: one look
          { ...item, status: 'rjct', code: 'rjct.notify_types.invalid', message: 'x' },
        ],
      });
      assert.deepEqual(callbackProblems(domain, '/on-subscribe', enveloped('on-subscribe', subscribed)), []);
      const outcomes = [{ code: 'SUB-1', problem: undefined }, { code: 'SUB-2', problem: 'rjct.subscription_code.invalid' as const }]; // biome-ignore format: one look
      const ended = unsubscribeResponse({ ...ids, outcomes, told: unsubscribeStatus(outcomes) });
      assert.deepEqual(callbackProblems(domain, '/on-unsubscribe', enveloped('on-unsubscribe', ended)), []);
      for (const event of ['REGISTER', 'UPDATE', 'DELETE', 'DEATH', 'NEW_HOUSEHOLD_MEMBER', 'OWN']) {
        const { header, message } = notifyMessage({
          ...{ messageId: 'n', senderId: 'us', receiverId: 'them', subscription: 'SUB-1', sequence: 7 },
          ...{ domain, regType: 'ns:org:RegistryType:Social', at: AT },
          events: [{ referenceId: 'r', at: AT, event, recordType: 'Person', record: { identifier: [] } }],
        });
        const problems = callbackProblems(domain, '/notify', { signature: 's', header, message });
        assert.deepEqual(problems, [], event);
      }
    });
  }
});

describe('events', () => {
  it('are known by their spellings, with any prefix', () => {
    for (const text of ['REGISTER', 'registration', 'ns:org:RegistryEventType:Create', 'enrollement'])
      assert.deepEqual(eventTypeOf(text), { changes: ['created'] }, text);
    for (const text of ['UPDATE', 'Updated', 'changed'])
      assert.deepEqual(eventTypeOf(text)?.changes, ['updated'], text);
    for (const text of ['DELETE', 'DEREGISTER', 'de-register']) assert.deepEqual(eventTypeOf(text)?.changes, ['deleted'], text); // biome-ignore format: one look
    assert.equal(eventTypeOf('*')?.changes.length, 3);
    for (const text of ['spdci-common:RegistryEventType:LiveBirth', 'live_birth', 'BIRTH'])
      assert.equal(eventNameOf(text), 'LIVE_BIRTH', text);
    assert.equal(eventNameOf('Moved-House'), 'MOVEDHOUSE');
    for (const text of ['', '?', 'a b!', '9']) assert.equal(eventTypeOf(text), undefined, text);
  });

  it('make a record, or change one that was there', () => {
    for (const [event, type] of [['LIVE_BIRTH', 'Person'], ['MARRIAGE', 'VitalEvent']] as const) assert.ok(makesRecord(event, type)); // biome-ignore format: one look
    for (const event of ['DEATH', 'MARRIAGE', 'MOVEDHOUSE']) assert.equal(makesRecord(event, 'Person'), false, event);
  });

  it('are left out where the enum of the domain lacks them', () => {
    assert.equal(wireEvent('social', toldEvent('created', undefined)), 'REGISTER');
    assert.equal(wireEvent('ibr', toldEvent('created', undefined)), 'enrollement');
    assert.equal(wireEvent('social', toldEvent('updated', undefined)), undefined);
    assert.equal(wireEvent('crvs', toldEvent('updated', undefined)), 'UPDATE');
    assert.equal(wireEvent('crvs', toldEvent('updated', 'DEATH')), 'Death');
    assert.equal(toldEvent('updated', 'DEATH'), 'DEATH', 'the true one is told in any case');
  });
});
