/** Metrics in Prometheus' form. Labels are the operator's own names: never an id or a value of a request. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Notes } from '../inbound/notes.ts';
import type { CountPaused, MessageStates } from '../registry/message-states.ts';
import type { SubscriptionStates } from '../registry/subscribed/subscription-state.ts';
import type { WaitingRequests } from '../registry/waiting-requests.ts';
import { StoreError } from '../store/store.ts';

export interface Metrics {
  observe(notes: Notes, status: number, seconds: number): void;
  render(): Promise<string>;
  readonly contentType: string;
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Asked whenever they are rendered. */
export interface StatesToTell {
  readonly subscribed: SubscriptionStates;
  readonly messages: MessageStates;
  readonly paused: CountPaused;
  readonly waiting: WaitingRequests;
}

/** Counters of one gateway. */
export const createMetrics = ({ subscribed, messages, paused, waiting }: StatesToTell): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'dci_requests_total',
    help: 'Requests answered',
    labelNames: ['partner', 'registry', 'action', 'status', 'reason'] as const,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'dci_request_duration_seconds',
    help: 'Time from arrival of the header to the end of the answer',
    labelNames: ['registry', 'action'] as const,
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  const refusedItems = new Counter({
    name: 'dci_refused_items_total',
    help: 'Items refused within requests that were answered',
    labelNames: ['registry', 'action', 'reason'] as const,
    registers: [registry],
  });
  const gaugeBy = <Key extends string>(
    label: string,
    { name, help }: { readonly name: string; readonly help: string },
    states: () => Promise<ReadonlyMap<Key, number | boolean>>,
  ): void => {
    const gauge: Gauge = new Gauge({
      ...{ name, help, labelNames: [label], registers: [registry] },
      collect: async () => {
        gauge.reset();
        for (const [key, value] of await orNone(states)) gauge.set({ [label]: key }, Number(value));
      },
    });
  };
  gaugeBy(
    'registry',
    {
      name: 'dci_upstream_subscribed',
      help: 'Our own subscription at the upstream of a registry lives (1) or is missing (0)',
    },
    subscribed,
  );
  gaugeBy(
    'state',
    {
      name: 'dci_messages',
      help: 'Callbacks and notifications that wait (pending, retry), are held for the operator, wait to be read by status (unaddressed), or could not be delivered (dead)',
    },
    messages,
  );
  gaugeBy(
    'registry',
    {
      name: 'dci_requests_waiting',
      help: 'Asynchronous requests that wait for a registry which limits how often it is asked',
    },
    waiting,
  );
  const pausedSubscriptions = new Gauge({
    name: 'dci_subscriptions_paused',
    help: 'Live subscriptions whose notifications are kept back, by the operator or since their endpoint fails',
    registers: [registry],
    collect: async () => {
      const [count] = (await orNone(async () => new Map([['all', await paused()]]))).values();
      if (count === undefined) pausedSubscriptions.reset();
      else pausedSubscriptions.set(count);
    },
  });
  return {
    observe: ({ partner, registryId, operation, reason, refusedItems: codes = [] }, status, seconds) => {
      const registryLabel = registryId ?? '';
      requests.inc({
        partner: partner?.id ?? '',
        registry: registryLabel,
        action: operation,
        status,
        reason: reason ?? '',
      });
      for (const code of codes) refusedItems.inc({ registry: registryLabel, action: operation, reason: code });
      durations.observe({ registry: registryLabel, action: operation }, seconds);
    },
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
};

/** While the store is away the others are told. */
const orNone = async <Key, Value>(states: () => Promise<ReadonlyMap<Key, Value>>): Promise<ReadonlyMap<Key, Value>> => {
  try {
    return await states();
  } catch (cause) {
    if (cause instanceof StoreError) return new Map();
    throw cause;
  }
};
