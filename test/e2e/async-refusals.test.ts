import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncConfig, call, searchMessage } from '../support/async-calls.ts';
import { startReceiver } from '../support/callback-receiver.ts';
import { DEMO_PARTNER, startGateway } from '../support/gateway.ts';

const PERSONS_ONLY = {
  ...DEMO_PARTNER,
  registries: {
    social: {
      search: 'any',
      actions: 'all',
      records: { Person: { fields: 'all', attributes: 'all', identifier_types: ['urn:sample:none'] } },
    },
  },
};

const asked = (message: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> => {
  const [item] = message.search_request as [{ search_criteria: Record<string, unknown> }];
  return { ...message, search_request: [{ ...item, search_criteria: { ...item.search_criteria, ...changes } }] };
};

test('a record type or identifier type that the partner may not search is refused at once, not by a callback', async () => {
  await using receiver = await startReceiver();
  const config = asyncConfig(receiver.origin);
  const partners = { 'external-system': { ...PERSONS_ONLY, callbacks: [receiver.origin] } };
  await using gateway = await startGateway({ config: { ...config, partners } as never });
  const client = gateway.client();
  const group = asked(searchMessage('t-1') as never, { reg_record_type: 'Group' });
  const identifier = asked(searchMessage('t-2') as never, { query: { type: 'UIN', value: '1' } });
  for (const message of [group, identifier]) {
    const answer = await call(client, '/search', 'search', message as never);
    assert.equal(answer.status, 403, answer.text);
    assert.equal(answer.body.message.error.code, 'err.request.forbidden');
  }
  const fine = asked(searchMessage('t-3') as never, {
    query: [{ seq_num: 1, expression1: { attribute_name: 'name.surname', operator: '=', attribute_value: 'Nobody' } }],
  });
  const answer = await call(client, '/search', 'search', fine as never);
  assert.equal(answer.status, 202, answer.text);
});
