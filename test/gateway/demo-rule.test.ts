import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegistryConfig } from '../../src/config/config.ts';
import { demoProblems, demoWarning } from '../../src/gateway/demo-rule.ts';
import type { RegistryRights } from '../../src/security/rights.ts';
import { partnerOf } from '../support/partners.ts';

const rights: RegistryRights = { width: 'any', records: new Map(), actions: 'all' };
const bound = (...registries: readonly string[]) => new Map(registries.map((id) => [id, rights]));
const registry = (id: string, sample: boolean) => ({ id, sample }) as RegistryConfig; // only these two are looked at
const REGISTRIES = [registry('sample', true), registry('real', false)];
const LOOPBACK = { host: '127.0.0.1', production: false };

const demo = partnerOf('guide', { demo: true, registries: bound('sample') });

test('a demo partner on a sample registry, on loopback, may be there, and is spoken of', () => {
  for (const host of ['127.0.0.1', '127.8.9.10', 'localhost', '::1']) {
    assert.deepEqual(demoProblems([demo], REGISTRIES, { host, production: false }), [], host);
  }
  assert.match(demoWarning([demo]) ?? '', /guide/);
});

test('a demo partner bound to a real registry keeps the gateway from starting', () => {
  const wrong = partnerOf('guide', { demo: true, registries: bound('sample', 'real') });
  const problems = demoProblems([wrong], REGISTRIES, LOOPBACK);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /guide.*real/);
});

test('another address than loopback, and production, keep it from starting', () => {
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.example.org', '::ffff:10.0.0.1', '']) {
    assert.equal(demoProblems([demo], REGISTRIES, { host, production: false }).length, 1, host);
  }
  assert.equal(demoProblems([demo], REGISTRIES, { host: '127.0.0.1', production: true }).length, 1);
});

test('without demo partners, or with disabled ones, nothing of this holds', () => {
  const others = [partnerOf('real', { registries: bound('real') }), partnerOf('off', { demo: true, active: false })];
  assert.deepEqual(demoProblems(others, REGISTRIES, { host: '0.0.0.0', production: true }), []);
  assert.equal(demoWarning(others), undefined);
});
