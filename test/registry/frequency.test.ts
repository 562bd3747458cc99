import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFrequency } from '../../src/registry/frequency.ts';

const SUNDAY = Date.parse('2026-11-22T10:00:30Z');

const next = (text: string, timezone = 'UTC'): string | undefined => {
  const at = readFrequency(text, timezone)?.nextAfter(SUNDAY);
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 19);
};

describe('a frequency', () => {
  it('is a cron expression of five fields, or a word', () => {
    assert.equal(next('*/15 * * * *'), '2026-11-22T10:15:00');
    assert.equal(next('0 8 * * 1'), '2026-11-23T08:00:00', 'Monday is 1');
    assert.equal(next('30 6 1 * *'), '2026-12-01T06:30:00');
    assert.equal(next('daily'), '2026-11-23T00:00:00');
    assert.equal(next(' Daily '), '2026-11-23T00:00:00');
  });

  it('may begin with seconds', () => {
    assert.equal(next('15 0 12 * * *'), '2026-11-22T12:00:15');
    assert.equal(next('0 0 8 * * 1'), '2026-11-23T08:00:00');
  });

  it('may end with years, as the standard’s example does, and then counts Sunday as 1', () => {
    assert.equal(next('0 0 0 5,15 * ? *'), '2026-12-05T00:00:00');
    assert.equal(next('0 0 12 ? * 2 *'), '2026-11-23T12:00:00', 'Monday is 2');
    assert.equal(next('0 0 12 ? * 2'), '2026-11-23T12:00:00');
    assert.equal(next('0 0 12 ? * MON'), '2026-11-23T12:00:00');
    assert.equal(next('0 0 0 1 1 ? 2028'), '2028-01-01T00:00:00');
  });

  it('is in the zone that is configured', () => {
    assert.equal(next('0 6 * * *', 'Africa/Nairobi'), '2026-11-23T03:00:00');
  });

  it('never comes where its day does not exist or its year is over', () => {
    assert.equal(next('0 0 30 2 *'), undefined);
    assert.equal(next('0 0 0 1 1 ? 2020'), undefined);
    assert.equal(next('0 0 29 2 *'), '2028-02-29T00:00:00', 'a leap day does');
  });

  it('is none when it comes more often than once a minute', () => {
    for (const text of ['* * * * * *', '*/30 * * * * *', '0,30 * * * * *', '0-5 0 0 1 1 *', '? * * * * *'])
      assert.equal(readFrequency(text, 'UTC'), undefined, text);
    assert.equal(next('* * * * *'), '2026-11-22T10:01:00');
  });

  it('is none when it is no expression', () => {
    for (const text of [
      '',
      'often',
      '1 2 3',
      '61 * * * *',
      '0 0 0 0 0 0 0 0',
      '* * * * x',
      '0 25 * * *',
      '99 0 0 * * *',
    ])
      assert.equal(readFrequency(text, 'UTC'), undefined, text);
  });
});
