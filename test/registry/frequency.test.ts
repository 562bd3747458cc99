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

  it('names its years one by one, as ranges and in steps', () => {
    assert.equal(next('0 0 0 1 1 ? 2029-2031'), '2029-01-01T00:00:00');
    assert.equal(next('0 0 0 1 1 ? 2031,2029'), '2029-01-01T00:00:00');
    assert.equal(next('0 0 0 1 1 ? */5'), '2030-01-01T00:00:00');
    assert.equal(next('0 0 0 1 1 ? 2001-2099/9'), '2028-01-01T00:00:00');
    assert.equal(next('0 0 0 29 2 ? 2031-2099'), '2032-02-29T00:00:00');
    assert.equal(next('0 0 0 1 1 ? 9999'), '9999-01-01T00:00:00');
  });

  it('is not looked for through all years that there are: the process serves others', () => {
    for (const text of ['0 0 0 1-28 * +1#5,2#5,3#5 2027-9999', '0 0 1 * +5#5', '0 0 31 2,4,6,9,11 *']) {
      const began = performance.now();
      assert.equal(next(text), undefined, text);
      assert.ok(performance.now() - began < 200, text);
    }
  });

  it('comes across the turn of a year in zones that are ahead and behind', () => {
    const at = (text: string) => Date.parse(text);
    const daily = (zone: string, from: string) => readFrequency('daily', zone)?.nextAfter(at(from));
    assert.equal(daily('Pacific/Kiritimati', '2026-12-31T09:59:00Z'), at('2026-12-31T10:00:00Z'));
    assert.equal(daily('Pacific/Honolulu', '2027-01-01T09:59:00Z'), at('2027-01-01T10:00:00Z'));
    const lastHour = readFrequency('0 0 23 31 12 ? 2026', 'Pacific/Honolulu');
    assert.equal(lastHour?.nextAfter(at('2027-01-01T08:00:00Z')), at('2027-01-01T09:00:00Z'));
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
