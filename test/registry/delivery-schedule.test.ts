import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextTry } from '../../src/registry/delivery-schedule.ts';
import type { Verdict } from '../../src/registry/judge-answer.ts';
import type { OutboxEntry } from '../../src/store/async-documents.ts';
import { SCHEDULE } from '../support/explored-flows.ts';

const FAILED: Verdict = { result: 'retry', status: 503, problem: 'failed' };
const REFUSED: Verdict = { result: 'retry', status: 200, problem: 'ack_status ERR', refused: true };
const DAY_MS = 86_400_000;

const entryOf = (changes: Partial<OutboxEntry>): OutboxEntry => ({
  ...{ _id: 'd', version: 1, kind: 'notify', partner: 'health', registry: 'social', state: 'pending', dueAt: 0 },
  ...{ messageId: 'm', count: 1, rightsVersion: 'r', attempts: 0, firstDueAt: 0, createdAt: 0, changedAt: 0 },
  ...changes,
});

const after = (changes: Partial<OutboxEntry>, verdict = FAILED, { now = 1_000, random = 0 } = {}) =>
  nextTry(entryOf(changes), verdict, SCHEDULE, { now, random });

const pausesOf = (changes: Partial<OutboxEntry>, attempts: readonly number[]) =>
  attempts.map((each) => {
    const next = after({ ...changes, attempts: each });
    return next.state === 'retry' ? next.inMs : next.state;
  });

describe('a notification that failed', () => {
  it('is tried again after pauses that double, up to a quarter of an hour, however often', () => {
    assert.deepEqual(
      pausesOf({}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 5_000]),
      [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 900_000, 900_000, 900_000, 900_000],
    );
  });

  it('begins with the shortest pause again after a replay or a resumption', () => {
    assert.deepEqual(pausesOf({ scheduleFrom: 40 }, [40, 41]), [5_000, 10_000]);
  });

  it('pauses its subscription once it has failed for five days, not before, and not for its first failure', () => {
    assert.equal(after({ attempts: 9 }, FAILED, { now: 5 * DAY_MS - 1 }).state, 'retry');
    assert.deepEqual(after({ attempts: 9 }, FAILED, { now: 5 * DAY_MS }), { state: 'pause' });
    assert.equal(after({ attempts: 0 }, FAILED, { now: 9 * DAY_MS }).state, 'retry', 'it waited for a lower number');
    assert.equal(after({ attempts: 9, scheduleFrom: 9 }, FAILED, { now: 9 * DAY_MS }).state, 'retry', 'resumed');
    assert.equal(after({ attempts: 9, firstDueAt: DAY_MS }, FAILED, { now: 5 * DAY_MS }).state, 'retry');
  });

  it('is a dead letter when the receiver says ERR for the fifth time', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((refusals) => after({ attempts: refusals, refusals }, REFUSED).state),
      ['retry', 'retry', 'retry', 'retry', 'dead', 'dead'],
    );
    assert.equal(after({ attempts: 9, refusals: 4 }, FAILED).state, 'retry', 'a failure is no refusal');
  });
});

describe('a callback that failed', () => {
  it('is tried again after each pause of the schedule, then it is a dead letter', () => {
    assert.deepEqual(pausesOf({ kind: 'on-search' }, [0, 1, 2, 3, 4]), [60_000, 120_000, 240_000, 'dead', 'dead']);
    assert.deepEqual(pausesOf({ kind: 'on-search', scheduleFrom: 4 }, [4, 7]), [60_000, 'dead'], 'replayed');
  });

  it('is never a reason to pause', () => {
    assert.equal(after({ kind: 'on-search', attempts: 1 }, FAILED, { now: 9 * DAY_MS }).state, 'retry');
  });
});

for (const kind of ['notify', 'on-search'] as const) {
  describe(`every ${kind}`, () => {
    const pause = (verdict: Verdict, random: number): number => {
      const next = after({ kind }, verdict, { random });
      return next.state === 'retry' ? next.inMs : Number.NaN;
    };

    it('comes up to a fifth later than its pause, and never earlier', () => {
      const base = pause(FAILED, 0);
      assert.deepEqual([pause(FAILED, 0.5), pause(FAILED, 1)], [base * 1.1, base * 1.2]);
    });

    it('waits as long as the receiver asks for, where that is longer', () => {
      assert.equal(pause({ ...FAILED, retryAfterMs: 3_000_000 }, 0), 3_000_000);
      assert.equal(pause({ ...FAILED, retryAfterMs: 1 }, 0), pause(FAILED, 0));
    });

    it('is a dead letter at once where the answer is final', () => {
      assert.deepEqual(after({ kind }, { result: 'dead', status: 410, problem: 'refused' }), { state: 'dead' });
    });
  });
}
