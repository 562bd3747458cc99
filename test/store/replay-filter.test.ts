import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { createReplayFilter, minuteOf } from '../../src/store/sqlite/replay-filter.ts';

const MINUTE = 60_000;
const idsOf = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

describe('the filter before replay memory', () => {
  it('names the minute of every key it was given', () => {
    const filter = createReplayFilter();
    const ids = idsOf(20_000);
    for (const [index, id] of ids.entries()) filter.add(id, index * 25); // nine minutes
    for (const [index, id] of ids.entries()) assert.ok(filter.minutesOf(id).includes(minuteOf(index * 25)), id);
  });

  it('says maybe of few keys that it was not given', () => {
    const filter = createReplayFilter();
    for (const id of idsOf(50_000)) filter.add(id, 0);
    const maybe = idsOf(10_000).filter((id) => filter.minutesOf(id).length > 0).length;
    assert.ok(maybe < 100, `${maybe} of 10000`);
  });

  it('says maybe of everything in minutes beyond those it keeps bits for', () => {
    const filter = createReplayFilter();
    for (let minute = 0; minute < 70; minute += 1) filter.add('known', minute * MINUTE);
    assert.deepEqual(filter.minutesOf('another'), [64, 65, 66, 67, 68, 69]);
    assert.equal(filter.minutesOf('known').length, 70);
  });

  it('forgets minutes that are over', () => {
    const filter = createReplayFilter();
    filter.add('first', 0);
    filter.add('second', MINUTE);
    filter.forgetBefore(1);
    assert.deepEqual([filter.minutesOf('first'), filter.minutesOf('second')], [[], [1]]);
  });
});
