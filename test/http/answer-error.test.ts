import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/source.ts';
import { GatewayError } from '../../src/errors.ts';
import { createAnswerError } from '../../src/http/answer-error.ts';
import { beginExchange, type Exchange } from '../../src/http/exchange.ts';
import { CallerGone } from '../../src/http/read-body.ts';
import { toGatewayError } from '../../src/http/to-gateway-error.ts';
import type { Answer } from '../../src/http/write-answer.ts';
import { BackendError } from '../../src/plugin.ts';
import { StoreError } from '../../src/store/store.ts';
import { partnerOf } from '../support/partners.ts';
import { recordedLog } from '../support/recorded-log.ts';

const exchangeInto = (answers: Answer[]): Exchange => ({
  ...beginExchange({
    request: new EventEmitter() as IncomingMessage, // nothing of it is looked at
    response: new EventEmitter() as ServerResponse,
    route: { name: 'search', registryId: 'social', answerAction: 'on-search' },
    address: '127.0.0.1',
    throughProxy: false,
    query: '',
  }),
  answer: (answer) => answers.push(answer),
});

const answerErrorWith = (sign: () => Promise<string>) => {
  const recorded = recordedLog();
  return {
    lines: recorded.lines,
    answer: createAnswerError({ senderId: 'us', sign, clock: () => 0, log: recorded.log }),
  };
};

test('a failure of backend or store is told as such, anything unknown is a fault of ours', () => {
  assert.equal(toGatewayError(new BackendError('unavailable', 'x')).code, 'service.unavailable');
  assert.equal(toGatewayError(new BackendError('timeout', 'x')).code, 'backend.timeout');
  assert.equal(toGatewayError(new BackendError('refused', 'x')).code, 'service.fault');
  assert.equal(toGatewayError(new StoreError('x')).code, 'service.unavailable');
  for (const cause of [
    new TypeError('secret'),
    new ConfigError([]),
    'text',
    undefined,
    null,
    { code: 'request.bad' },
  ]) {
    const error = toGatewayError(cause);
    assert.equal(error.code, 'service.fault');
    assert.ok(!error.message.includes('secret'));
  }
});

test('when signing fails the refusal still goes out, without data and without a signature, and is logged', async () => {
  const { answer, lines } = answerErrorWith(() => Promise.reject(new Error('no key')));
  const answers: Answer[] = [];
  const exchange = exchangeInto(answers);
  exchange.notes.partner = partnerOf('p');
  await answer(exchange, new GatewayError('request.bad'));
  assert.equal(answers[0]?.status, 400);
  assert.equal(JSON.parse(String(answers[0]?.body)).signature, '');
  assert.ok(lines.some(({ message }) => message === 'error body not signed'));
});

test('nobody is answered who has gone', async () => {
  const { answer } = answerErrorWith(() => Promise.resolve('{}'));
  const answers: Answer[] = [];
  const exchange = exchangeInto(answers);
  await answer(exchange, new CallerGone('x'));
  assert.deepEqual(answers, []);
  assert.equal(exchange.notes.reason, 'caller gone');
});

test('the log of a fault says where it happened and not what it held', async () => {
  const { answer, lines } = answerErrorWith(() => Promise.resolve('{}'));
  await answer(exchangeInto([]), new TypeError('Cannot read Awa Diallo'));
  const text = JSON.stringify(lines);
  assert.match(text, /answer-error\.test\.ts/);
  assert.ok(!text.includes('Diallo'));
});
