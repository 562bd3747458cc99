/** The gateway's own subscription at the upstream: what is asked for, and what speaks against it. */
import type { ConfigProblem, UpstreamOffer } from 'dci-gateway/plugin';
import { measure, type PassthroughConfig } from './config.ts';
import type { World } from './record-types.ts';

const DEFAULT_EVENTS = ['REGISTER', 'UPDATE', 'DELETE'];
const DEFAULT_CHECK = '5m';
const NEEDS = {
  notifications_from: 'say as which of our partners the upstream answers and notifies',
  callback_url: 'say at which mount of ours the upstream reaches us',
} as const;

export const subscriptionOffer = (config: PassthroughConfig, { recordTypes }: World): UpstreamOffer['subscription'] => {
  const { subscribe, notifications_from: partner, callback_url: url, subscribe_for: lifetime } = config;
  if (subscribe !== true || partner === undefined || url === undefined) return undefined;
  const keyed = [...recordTypes].filter(([, { key }]) => key !== undefined);
  return {
    partner,
    callbackUrl: url.replace(/\/+$/, ''),
    events: config.subscribe_events ?? DEFAULT_EVENTS,
    recordTypes: new Map(keyed.map(([name, { wireName }]) => [name, wireName])),
    criteria: config.criteria ?? {},
    ...(lifetime !== undefined && { lifetimeMs: measure(lifetime) }),
    checkMs: measure(config.subscribe_check ?? DEFAULT_CHECK),
  };
};

export const subscriptionProblems = (config: PassthroughConfig): readonly ConfigProblem[] => {
  if (config.subscribe !== true)
    return (['subscribe_events', 'subscribe_for', 'subscribe_check'] as const).flatMap((key) =>
      config[key] === undefined
        ? []
        : [{ path: [key], problem: 'has no use without a subscription', fix: 'write subscribe: true, or remove it' }],
    );
  const missing = (['notifications_from', 'callback_url'] as const).filter((key) => config[key] === undefined);
  const problems = missing.map((key) => ({
    path: [key],
    problem: 'is missing, but we are to subscribe at the upstream',
    fix: NEEDS[key],
  }));
  if (Object.values(config.entities).some(({ key }) => key !== undefined)) return problems;
  const fix = 'give an entity the type of the identifier that its records are told apart by';
  return [...problems, { path: ['entities'], problem: 'have no key, so no notification says whose it is', fix }];
};
