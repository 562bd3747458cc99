/** An upstream that takes subscriptions, by the rules of one kind of server or another, and a gateway's keeping of them; on a clock of the test's. */

import { randomUUID } from 'node:crypto';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readReceivedMessage } from '../../src/dci/received-message.ts';
import { formatTimestamp } from '../../src/dci/timestamps.ts';
import {
  BackendError,
  type Upstream,
  type UpstreamAsking,
  type UpstreamObject,
  type UpstreamOutcome,
} from '../../src/plugin.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createKeepSubscribed } from '../../src/registry/subscribed/keep-subscribed.ts';
import { createTakeSubscribed } from '../../src/registry/subscribed/take-subscribed.ts';
import type { SubscriptionOffer } from '../../src/registry/subscribed/wanted.ts';
import { OWN_SUBSCRIPTIONS, type OwnSubscription } from '../../src/store/async-documents.ts';
import { atOnce, createWorld, exploredStore } from './explored-store.ts';
import { partnerOf } from './partners.ts';
import { recordedLog } from './recorded-log.ts';

export interface UpstreamRules {
  /** The answer comes with the acknowledgement, in a callback, or (one item) the acknowledgement is all there is. */
  answers: 'at once' | 'by callback' | 'by acknowledgement';
  /** Nothing it says is believed, or it cannot be reached. */
  away: boolean;
  /** It limits requests, all or those to one path, and is to be left alone so long. */
  limited: { readonly path?: string; readonly ms: number } | undefined;
  /** By this status, on every path or on one. */
  refuses: { readonly path?: string; readonly status: number } | undefined;
  /** A path that always fails. */
  broken: string | undefined;
  /** What is asked for again goes on under the code it has. */
  sameCode: boolean;
  /** The same twice is refused. */
  once: boolean;
  /** Of a subscription, in milliseconds. */
  lifetimeMs: number | undefined;
  /** Comes to pass before its acknowledgement is there. */
  meanwhile: (() => Promise<void>) | undefined;
  /** Events that it does not know. */
  unknown: readonly string[];
}

export const subscribing = (over: Partial<SubscriptionOffer> = {}) => {
  const world = createWorld(Date.parse('2026-03-01T00:00:00Z'));
  const { documents } = exploredStore(world, atOnce);
  const recorded = recordedLog();
  const clock = (): number => world.now;
  const rules: UpstreamRules = { answers: 'by callback', away: false, limited: undefined, refuses: undefined, broken: undefined, sameCode: false, once: true, lifetimeMs: undefined, meanwhile: undefined, unknown: [] }; // biome-ignore format: one look
  /** What lives there: event by code. */
  const live = new Map<string, string>();
  const asked: UpstreamAsking[] = [];
  const callbacks: object[] = [];
  const known = new Set<string>();
  let offer: SubscriptionOffer | undefined = {
    ...{ partner: 'civil', callbackUrl: 'https://us.example/registry', events: ['UPDATE', 'DELETE'] },
    ...{ recordTypes: new Map([['Person', 'Person'], ['Group', 'Household']]), criteria: { reg_type: 'SR' }, checkMs: 300_000 }, // biome-ignore format: one look
    ...over,
  };
  let reread = 0;

  const answer = (status: string, message: object): UpstreamOutcome => ({
    kind: 'taken',
    answer: { header: { status }, message: message as UpstreamObject },
  });

  const subscribe = ({ message }: UpstreamAsking): UpstreamOutcome => {
    const items = message.subscribe_request as readonly { reference_id: string; subscribe_criteria: { reg_event_type: string } }[]; // biome-ignore format: one look
    const codes = items.map(({ subscribe_criteria: { reg_event_type: event } }) => rules.sameCode ? `SUB-${event}` : `SUB-${randomUUID().slice(0, 8)}`); // biome-ignore format: one look
    const ack = { subscription_code: codes[0] ?? '', subscription_codes: codes };
    if (known.has(String(message.transaction_id))) return answer('rcvd', ack);
    known.add(String(message.transaction_id));
    const ends = rules.lifetimeMs === undefined ? {} : { expires: formatTimestamp(world.now + rules.lifetimeMs) };
    const subscribe_response = items.map(({ reference_id, subscribe_criteria: { reg_event_type: event } }, index) => {
      const refuse = (code: string) => ({ reference_id, status: 'rjct', status_reason_code: code });
      if (rules.unknown.includes(event)) return refuse('rjct.notify_types.invalid');
      if (rules.once && [...live.values()].includes(event)) return refuse('rjct.event.already_subscribed');
      live.set(codes[index] ?? '', event);
      return { reference_id, status: 'succ', subscriptions: [{ code: codes[index], status: 'subscribe', ...ends }] };
    });
    if (rules.answers === 'at once') return answer('succ', { subscribe_response });
    if (rules.answers === 'by acknowledgement') return answer('succ', { ...ack, ...ends });
    callbacks.push({ transaction_id: message.transaction_id, subscribe_response });
    return answer('rcvd', ack);
  };

  const unsubscribe = ({ message }: UpstreamAsking): UpstreamOutcome => {
    for (const code of message.subscription_codes as readonly string[]) live.delete(code);
    return answer('rcvd', {});
  };

  const status = ({ message }: UpstreamAsking): UpstreamOutcome => {
    const codes = (message.txnstatus_request as UpstreamObject).attribute_value as readonly string[];
    const found = codes.filter((code) => live.has(code));
    const gone = { reference_id: message.transaction_id, status: 'rjct' };
    const items = codes.map((code) => found.includes(code) ? { reference_id: code, status: 'succ', subscriptions: [{ code, status: 'subscribe' }] } : { reference_id: code, status: 'rjct' }); // biome-ignore format: one look
    const subscribe_response = found.length === 0 ? [gone] : items;
    return answer('succ', { txnstatus_response: { txn_status: { search_response: [], subscribe_response } } });
  };

  const link = {
    raw: { url: 'https://civil.example/registry' },
    ask: async (request: UpstreamAsking): Promise<UpstreamOutcome> => {
      asked.push(request);
      if (rules.away || rules.broken === request.path)
        throw new BackendError('unavailable', 'the call to https://civil.example failed');
      const { path: limited = request.path, ms: retryAfterMs } = rules.limited ?? {};
      if (retryAfterMs !== undefined && limited === request.path)
        throw new BackendError('unavailable', 'it answers 429', { retryAfterMs });
      const { path = request.path, status: refused } = rules.refuses ?? {};
      if (refused !== undefined && path === request.path) return { kind: 'refused', status: refused, reason: ' (why)' };
      if (request.path === '/subscribe') {
        const outcome = subscribe(request);
        await rules.meanwhile?.();
        return outcome;
      }
      return request.path === '/unsubscribe' ? unsubscribe(request) : status(request);
    },
  } as unknown as Upstream;

  const registry = {
    config: { id: 'social' },
    plugin: { upstream: { link, paths: new Map(), get subscription() { return offer; } } }, // biome-ignore format: one look
    mapping: async () => ({ changes: { pushed: new Set(['Person']) } }),
  } as unknown as Registry;

  const keep = createKeepSubscribed({
    ...{ documents, clock, log: recorded.log },
    reread: async () => {
      reread += 1;
    },
  });
  const take = createTakeSubscribed({
    ...{ documents, clock, log: recorded.log },
    registry: () => registry,
    wake: () => undefined,
  });

  /** What the lane does now: every step that is due. */
  const run = async (): Promise<number | undefined> => {
    for (let steps = 0; steps < 30; steps++) {
      const dueAt = await keep(registry);
      if (dueAt === undefined || dueAt > world.now) return dueAt;
    }
    throw new Error(`it does not come to rest: ${asked.map(({ path }) => path).join(' ')}`);
  };

  const receive = async (message: object, by = 'civil', signed = true): Promise<void> => {
    const { root: content } = parseJsonObject(JSON.stringify(message), { maxDepth: 16 });
    const call = { partner: partnerOf(by), registryId: 'social', action: 'on-subscribe', messageId: randomUUID() };
    await take({ ...call, message: readReceivedMessage(content), signed, content });
  };

  return {
    ...{ world, rules, live, asked, callbacks, lines: recorded.lines, run, receive },
    own: (): OwnSubscription | undefined => world.state.get(OWN_SUBSCRIPTIONS, 'social'),
    reread: () => reread,
    paths: () => asked.splice(0).map(({ path }) => path),
    want: (changed: Partial<SubscriptionOffer> | undefined) => {
      offer = changed === undefined || offer === undefined ? undefined : { ...offer, ...changed };
    },
    /** Time passes, and what is due is done; callbacks come. */
    pass: async (ms: number): Promise<void> => {
      world.now += ms;
      await run();
      for (const message of callbacks.splice(0)) await receive(message);
      await run();
    },
  };
};
