/** Searches and changes under way while something else breaks things. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { atOnce } from '../../../src/jobs/at-once.ts';
import { toldTo } from './nothing-lost.ts';
import { type StormClient, searchEnvelope, subscribeEnvelope } from './storm-client.ts';
import { nationalId, PERSONS } from './storm-registry.ts';
import type { StormWorld } from './storm-world.ts';

export interface LoadOptions {
  readonly searches: number;
  readonly changes: number;
  /** Over which time they are spread. */
  readonly overMs: number;
}

export interface LoadResult {
  /** Acknowledged with 202. */
  readonly searches: ReadonlyMap<
    string,
    { readonly correlation: string; readonly envelope: ReturnType<typeof searchEnvelope> }
  >;
  /** Each change gave somebody this name. */
  readonly names: readonly string[];
  /** Requests sent again because nobody had acknowledged them. */
  readonly repeats: number;
}

const SENDERS = 16;
const CONFIRMED_WITHIN_MS = 60_000;

/** Subscriptions to every change, all with an address of their own and confirmed: what changes from now on is theirs. @returns their codes and transactions */
export const subscribeAll = async (
  { receivers }: StormWorld,
  client: StormClient,
  count: number,
): Promise<{ readonly codes: readonly string[]; readonly transactions: readonly string[] }> => {
  const codes: string[] = [];
  const transactions: string[] = [];
  for (let index = 0; index < count; index++) {
    const transaction = randomUUID();
    const uri = `${receivers[index % receivers.length]?.origin}/subscription-${index}`;
    const { answer } = await client.accept('/subscribe', subscribeEnvelope(transaction, uri));
    codes.push(String(answer.body.message.subscription_code));
    transactions.push(transaction);
  }
  const confirmed = (): number => toldTo(receivers).calls.filter(({ action }) => action === 'on-subscribe').length;
  const until = performance.now() + CONFIRMED_WITHIN_MS;
  while (confirmed() < count) {
    if (performance.now() > until) throw new Error(`${confirmed()} of ${count} subscriptions were confirmed`);
    await sleep(100);
  }
  return { codes, transactions };
};

/** Resolves when every search was acknowledged and every change was made. */
export const runLoad = async (world: StormWorld, client: StormClient, options: LoadOptions): Promise<LoadResult> => {
  const { receivers, registry } = world;
  const accepted = new Map<string, { correlation: string; envelope: ReturnType<typeof searchEnvelope> }>();
  const began = performance.now();
  const at = (index: number, of: number): Promise<void> =>
    sleep(Math.max(0, began + (index / of) * options.overMs - performance.now()));
  let repeats = 0;
  const searching = atOnce(
    Array.from({ length: options.searches }, (_, index) => index),
    SENDERS,
    async (index) => {
      await at(index, options.searches);
      const transaction = randomUUID();
      const uri = `${receivers[index % receivers.length]?.origin}/searches`;
      const envelope = searchEnvelope(transaction, nationalId(index % PERSONS), uri);
      const { answer, times } = await client.accept('/search', envelope);
      repeats += times - 1;
      accepted.set(transaction, { correlation: String(answer.body.message.correlation_id), envelope });
    },
  );
  const names: string[] = [];
  const changing = async (): Promise<void> => {
    for (let index = 0; index < options.changes; index++) {
      await at(index, options.changes);
      const name = `Name ${index}`;
      registry.change(index, name);
      names.push(name);
    }
  };
  await Promise.all([searching, changing()]);
  return { searches: accepted, names, repeats };
};

/** Waits for both, whichever fails: nothing of a test goes on after it. */
export const bothDone = async <A, B>(load: Promise<A>, breaking: Promise<B>): Promise<readonly [A, B]> => {
  const [loaded, broken] = await Promise.allSettled([load, breaking]);
  if (broken.status === 'rejected') throw broken.reason;
  if (loaded.status === 'rejected') throw loaded.reason;
  return [loaded.value, broken.value];
};
