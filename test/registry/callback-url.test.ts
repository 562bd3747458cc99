import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callbackUrl, mayBeCalled } from '../../src/registry/callback-url.ts';
import type { CallbackPolicy } from '../../src/security/partner.ts';
import { partnerOf } from '../support/partners.ts';

const ORIGINS = ['https://health.example', 'http://intern.example:8080'];
const withRule = (callback: CallbackPolicy) => partnerOf('health', { callbacks: ORIGINS, callback });
const AUTO = partnerOf('health', { callbacks: ORIGINS });

test('a base gets the path of the operation, a whole URL stays as it is', () => {
  const urls = [
    ['https://health.example', 'https://health.example/on-search'],
    ['https://health.example/', 'https://health.example/on-search'],
    ['https://health.example/dci/', 'https://health.example/dci/on-search'],
    ['https://health.example/dci/on-search', 'https://health.example/dci/on-search'],
    ['https://health.example/dci?key=1', 'https://health.example/dci/on-search?key=1'],
    ['http://intern.example:8080/a', 'http://intern.example:8080/a/on-search'],
  ];
  for (const [given, wanted] of urls) assert.equal(callbackUrl(AUTO, given, 'on-search'), wanted);
  assert.equal(
    callbackUrl(AUTO, 'https://health.example/dci', 'txn-on-status'),
    'https://health.example/dci/txn/on-status',
  );
  assert.equal(callbackUrl(AUTO, 'https://health.example/on-subscribe', 'notify'), 'https://health.example/notify');
});

test('the rule of the partner is followed', () => {
  const given = 'https://health.example/on-search';
  assert.equal(
    callbackUrl(withRule({ rule: 'exact' }), 'https://health.example/x', 'on-search'),
    'https://health.example/x',
  );
  assert.equal(callbackUrl(withRule({ rule: 'append' }), given, 'on-search'), `${given}/on-search`);
});

test('without a sender_uri the registered URL is taken, without either there is none', () => {
  const partner = withRule({ rule: 'auto', url: 'https://health.example/dci' });
  assert.equal(callbackUrl(partner, undefined, 'on-search'), 'https://health.example/dci/on-search');
  assert.equal(callbackUrl(AUTO, undefined, 'on-search'), undefined);
});

const STRAY = [
  'https://evil.example/on-search',
  'http://health.example/', // another scheme
  'https://health.example:8443/', // another port
  'https://health.example.evil.example/',
  'https://evil.example/https://health.example/',
  'https://health.example@evil.example/',
  'https://user:pass@health.example/',
  'https://health.example/#fragment',
  'https://health.example/#',
  'ftp://health.example/',
  'file:///etc/passwd',
  '//health.example/on-search',
  'health.example',
  'not a URL',
];

for (const given of STRAY) {
  test(`${given} is refused`, () => {
    assert.throws(() => callbackUrl(AUTO, given, 'on-search'), { code: 'sender_uri.invalid' });
    assert.equal(mayBeCalled(AUTO, given, false), false);
  });
}

test('any origin, where the operator says so, is for answers and never for subscriptions', () => {
  const partner = withRule({ rule: 'auto', any: true });
  assert.equal(callbackUrl(partner, 'https://evil.example', 'on-search'), 'https://evil.example/on-search');
  assert.throws(() => callbackUrl(partner, 'https://evil.example', 'on-subscribe', true), {
    code: 'sender_uri.invalid',
  });
  assert.throws(() => callbackUrl(partner, 'https://user@evil.example', 'on-search'), { code: 'sender_uri.invalid' });
});
