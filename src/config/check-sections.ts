import type { Mistake } from './explain.ts';
import type { RawConfig } from './schema/root.ts';
import { bytes, milliseconds } from './units.ts';

const DAY_MS = 86_400_000;
const MOST_BODY_BYTES = 64 * 1024 * 1024;

/** Values that are right by themselves and wrong beside each other. */
export const checkSections = (raw: RawConfig): Mistake[] => {
  const { server, limits, signatures, tokens, outbound, store, subscriptions, requests, files } = raw;
  const mistakes: Mistake[] = [];
  const refuse = (path: Mistake['path'], problem: string, fix: string): void =>
    void mistakes.push({ path, problem, fix });
  const waits = {
    server: { body_timeout: server.body_timeout },
    limits: { search_timeout: limits.search_timeout },
    outbound: { timeout: outbound.timeout },
    requests: { search_timeout: requests.search_timeout },
    files: { timeout: files.timeout },
  };
  const times = {
    ...waits,
    tokens: { lifetime: tokens.lifetime },
    signatures: { validity: signatures.validity, max_validity: signatures.max_validity },
    store: { retention: store.retention },
    subscriptions: { lifetime: subscriptions.lifetime },
  };
  for (const [section, values] of Object.entries(times))
    for (const [key, value] of Object.entries(values))
      if (milliseconds(value) === 0) refuse([section, key], 'is nothing at all', 'write a time, such as 10s');
  // Timers hold 24 days, and end at once beyond.
  for (const [section, values] of Object.entries({ ...waits, server: { ...waits.server, shutdown: server.shutdown } }))
    for (const [key, value] of Object.entries(values))
      if (milliseconds(value) > DAY_MS) refuse([section, key], 'is longer than a day', 'write a time, such as 10s');
  if (bytes(server.body_limit) === 0)
    refuse(['server', 'body_limit'], 'is nothing at all', 'write a size, such as 1MB');
  if (bytes(server.body_limit) > MOST_BODY_BYTES)
    refuse(['server', 'body_limit'], 'is more than 64MB', 'lower it: every request is held in memory');
  if (server.port !== 0 && server.port === server.admin.port) {
    refuse(['server', 'admin', 'port'], 'is the port of the public listener', 'choose another one');
  }
  if (limits.page_size > limits.max_page_size) {
    refuse(
      ['limits', 'page_size'],
      `is larger than max_page_size (${limits.max_page_size})`,
      'raise that or lower this',
    );
  }
  if (limits.per_minute > limits.per_day) {
    refuse(['limits', 'per_minute'], `is larger than per_day (${limits.per_day})`, 'raise that or lower this');
  }
  if (limits.replicas > 1 && limits.redis === undefined)
    refuse(['limits', 'replicas'], 'stands without redis: each replica would allow all of the limits', 'set redis, in which they are counted together'); // biome-ignore format: one look
  if (milliseconds(signatures.validity) > milliseconds(signatures.max_validity)) {
    refuse(
      ['signatures', 'validity'],
      `is longer than max_validity (${signatures.max_validity})`,
      'raise that or lower this',
    );
  }
  const kept = 'write 24h or less: keys that were replaced are kept for a day';
  if (milliseconds(signatures.validity) > DAY_MS) refuse(['signatures', 'validity'], 'is longer than a day', kept);
  if (milliseconds(tokens.lifetime) > DAY_MS) refuse(['tokens', 'lifetime'], 'is longer than a day', kept);
  if (!isTimezone(subscriptions.timezone))
    refuse(['subscriptions', 'timezone'], 'is not a known time zone', 'write a name such as Africa/Nairobi');
  server.trust_proxy.forEach((network, index) => {
    if (network.endsWith('/0'))
      refuse(
        ['server', 'trust_proxy', index],
        'believes every caller about its own address',
        'name the networks of your proxies',
      );
  });
  return mistakes;
};

const isTimezone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
};
