import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBudgets } from '../../src/limits/budgets.ts';
import { partnerOf } from '../support/partners.ts';

const budgets = createBudgets({
  perMinute: 60,
  perDay: 10_000,
  recordsPerDay: 100,
  identifiersPerDay: 200,
  addressPerMinute: 600,
  failedTokensPerMinute: 5,
  concurrentSearches: 4,
});

describe('the budgets', () => {
  it("of a partner are the configuration's, but for what it has of its own", () => {
    const plain = partnerOf('a');
    const special = partnerOf('b', { limits: { perMinute: 5, identifiersPerDay: 7, concurrentSearches: 1 } });
    assert.deepEqual(
      budgets.requests(plain).map(({ points, windowSeconds }) => [points, windowSeconds]),
      [
        [60, 60],
        [10_000, 86_400],
      ],
    );
    assert.deepEqual(
      budgets.requests(special).map(({ points }) => points),
      [5, 10_000],
    );
    assert.deepEqual([budgets.records(plain)[0]?.points, budgets.records(special)[0]?.points], [100, 100]);
    assert.deepEqual([budgets.identifiers(plain)[0]?.points, budgets.identifiers(special)[0]?.points], [200, 7]);
    assert.deepEqual([budgets.concurrentSearches(plain), budgets.concurrentSearches(special)], [4, 1]);
  });

  it('follow a partner whose limits were changed', () => {
    const partner = partnerOf('a');
    assert.equal(budgets.requests(partner)[0]?.points, 60);
    assert.equal(budgets.requests({ ...partner, limits: { perMinute: 9 } })[0]?.points, 9);
  });

  it('have keys of their own, and none that a caller can choose freely', () => {
    const keys = [
      ...['a', 'b']
        .map((id) => partnerOf(id))
        .flatMap((partner) => [
          ...budgets.requests(partner),
          ...budgets.records(partner),
          ...budgets.identifiers(partner),
        ]),
      ...budgets.address('192.0.2.1'),
      ...budgets.failedTokens('192.0.2.1', 'client'),
      ...budgets.failedTokens('192.0.2.2', 'client'),
    ].map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
    const hostile = budgets.failedTokens('192.0.2.1', `\r\n{x} ${'y'.repeat(100_000)}`);
    for (const { key } of hostile) assert.match(key, /^[\w:./-]{1,80}$/);
  });

  it('of addresses join a /64 and keep IPv4 apart', () => {
    const key = (address: string) => budgets.address(address)[0]?.key;
    assert.equal(key('2001:db8::1'), key('2001:db8::2'));
    assert.notEqual(key('192.0.2.1'), key('192.0.2.2'));
  });
});
