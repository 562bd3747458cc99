/** When a message that was not delivered is tried again (PROTOCOL 4 and 8). */

import type { DeliveriesConfig } from '../config/config.ts';
import type { OutboxEntry } from '../store/async-documents.ts';
import type { Verdict } from './judge-answer.ts';

export type NextTry =
  | { readonly state: 'retry'; readonly inMs: number }
  /** Refused for good: a dead letter. */
  | { readonly state: 'dead' }
  /** The endpoint fails for days: the subscription is paused, nothing is lost. */
  | { readonly state: 'pause' };

const FIRST_NOTIFY_PAUSE_MS = 5_000;
/** So that what failed together does not come again together. */
const JITTER = 0.2;

/** @param entry as it was before the attempt; @param random from 0 to 1 */
export const nextTry = (
  entry: OutboxEntry,
  verdict: Verdict,
  config: DeliveriesConfig,
  { now, random }: { readonly now: number; readonly random: number },
): NextTry => {
  if (verdict.result === 'dead') return { state: 'dead' };
  const failed = entry.attempts - (entry.scheduleFrom ?? 0);
  const after = verdict.retryAfterMs ?? 0;
  const jittered = (pause: number): number => Math.max(after, Math.round(pause * (1 + JITTER * random)));
  if (entry.kind !== 'notify') {
    const pause = config.retryMs[failed];
    return pause === undefined ? { state: 'dead' } : { state: 'retry', inMs: jittered(pause) };
  }
  if (verdict.refused === true && (entry.refusals ?? 0) + 1 >= config.refusals) return { state: 'dead' };
  if (failed > 0 && now - entry.firstDueAt >= config.pauseAfterMs) return { state: 'pause' };
  const pause = Math.min(config.notifyLongestPauseMs, FIRST_NOTIFY_PAUSE_MS * 2 ** Math.min(failed, 30));
  return { state: 'retry', inMs: jittered(pause) };
};
