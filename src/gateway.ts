/** The composition root: makes every part of a gateway from its configuration and ties them together. */

import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { createConnectUpstream } from './gateway/connect-upstreams.ts';
import { createApps } from './gateway/create-apps.ts';
import { demoProblems, demoWarning } from './gateway/demo-rule.ts';
import { logUnfitting } from './gateway/fitting-partners.ts';
import { type AsyncHalf, openAsync } from './gateway/open-async.ts';
import { openRegistries } from './gateway/open-registries.ts';
import { openSecurity } from './gateway/open-security.ts';
import { openStore } from './gateway/open-store.ts';
import { openSubscriptions } from './gateway/open-subscriptions.ts';
import { openTimetable } from './gateway/open-timetable.ts';
import { startRefreshing } from './gateway/refresh-keys.ts';
import { createSharedLimits } from './gateway/shared-limits.ts';
import { chooseCrypto } from './gateway/signature-crypto.ts';
import { StartProblem } from './gateway/start-problem.ts';
import type { App } from './http/app.ts';
import { type Listening, listen } from './http/listen.ts';
import { createTraffic } from './http/traffic.ts';
import { answerUnreadable } from './http/unreadable-request.ts';
import { createMemoryLimiter } from './limits/memory.ts';
import type { Log } from './log.ts';
import { createAuditEntry } from './registry/audit.ts';
import { createAuditQueue } from './registry/audit-queue.ts';
import { createKeyed } from './registry/keyed.ts';
import type { Partner } from './security/partner.ts';
import type { HashFunctions } from './security/secrets.ts';

export interface GatewayOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** NODE_ENV is production: no demo partners. */
  readonly production?: boolean;
  /** Lines for a person at the terminal while something takes long. */
  readonly progress?: (line: string) => void;
  /** `node`: do not use sodium-native although it is installed. */
  readonly crypto?: 'node' | 'sodium';
  /** scrypt, or what answers as it does: many gateways in one process hash the same secrets. */
  readonly slowHash?: HashFunctions['slow'];
  /** Pauses between attempts to reach a backend that is down. */
  readonly retryMs?: readonly number[];
}

export interface Gateway {
  readonly app: App;
  /** Every path that it serves to partners. */
  readonly paths: readonly string[];
  /** Listens. Answers the addresses. */
  start(): Promise<{ readonly url: string; readonly adminUrl: string }>;
  /** Stops accepting, lets running requests end, closes plugins and store. */
  close(): Promise<void>;
}

/** Rejects with `ConfigError`, `StartProblem` or `StoreError`, whose messages are for the operator; nothing stays open then. */
export const createGateway = async (config: Config, options: GatewayOptions): Promise<Gateway> => {
  const { log, clock = Date.now, production = false, progress = () => undefined } = options;
  const refuseDemo = (partners: readonly Partner[]): void => {
    const problems = demoProblems(partners, config.registries, { host: config.server.host, production });
    if (problems.length > 0) throw new StartProblem(problems);
  };
  refuseDemo(config.partners.map(({ partner }) => partner));
  await using cleanUp = new AsyncDisposableStack();

  const opened = await openStore(config.store, clock);
  const { store } = opened;
  cleanUp.defer(() => store.close());
  const traffic = createTraffic();
  const crypto = await chooseCrypto(options.crypto, log, traffic.alone);
  const security = await openSecurity({ config, store, clock, log, crypto, slowHash: options.slowHash });
  const audits = createAuditQueue({
    ...{ documents: store.documents, entryOf: createAuditEntry(createKeyed(security.hmacKey)), clock, log },
  });
  cleanUp.defer(() => audits.close());
  cleanUp.defer(() => security.directory.close());
  cleanUp.defer(startRefreshing(security.ownKeys, log));

  const partners = security.directory.all();
  refuseDemo(partners);
  const warning = demoWarning(partners);
  if (warning !== undefined) log.warn(warning);

  const { redisUrl, replicas } = config.limits;
  const limiter =
    redisUrl === undefined
      ? createMemoryLimiter()
      : await (await import('./limits/redis.ts')).createRedisLimiter({ url: redisUrl, replicas, log });
  cleanUp.defer(() => limiter.close());
  const registries = await openRegistries({
    config,
    log,
    progress,
    retryMs: options.retryMs,
    onFit: logUnfitting(security.directory.all, log),
    connect: createConnectUpstream({
      ...{ config, writeFor: security.writeUpstream, crypto, clock, log },
      decryptionKey: (kid) => security.ownKeys.decryptionKey(kid),
    }),
  });
  for (const registry of registries) cleanUp.defer(() => registry.close());

  const limiting = createSharedLimits(limiter, config.limits);
  const basis = { config, store, security, registries, clock, log };
  const subscriptions = openSubscriptions({
    ...{ ...basis, wake: (lane) => asyncHalf.jobs.wake(lane) },
    decider: { decide: (question) => asyncHalf.decider.decide(question) },
    service: { decide: (question) => asyncHalf.service.decide(question) },
  });
  const asyncHalf: AsyncHalf = openAsync({
    ...basis,
    data: limiting.data,
    more: () => subscriptions,
  });
  cleanUp.defer(() => asyncHalf.close());

  const { app, adminApp, paths } = await createApps({
    ...basis,
    limiter,
    limiting,
    asyncHalf,
    subscriptions,
    traffic,
    audit: audits.add,
  });
  const open = cleanUp.move();
  const listening: Listening[] = [];
  const timetables: AsyncDisposable[] = [];
  return {
    app,
    paths,
    start: async () => {
      const { host, port, admin, bodyTimeoutMs } = config.server;
      const onUnreadable = answerUnreadable(config.identity.id, clock);
      const { timeoutMs: longestBodyMs } = config.files;
      const main = await listen({ app, host, port, bodyTimeoutMs, longestBodyMs, onUnreadable });
      listening.push(main);
      const inner = await listen({ app: adminApp, host: admin.host, port: admin.port, bodyTimeoutMs, onUnreadable });
      listening.push(inner);
      const timing = { opened, config: config.store, registries, jobs: asyncHalf.jobs, clock, log };
      timetables.push(await openTimetable(timing));
      log.info('gateway listens', { url: main.url, admin: inner.url, crypto: crypto.name });
      return { url: main.url, adminUrl: inner.url };
    },
    close: async () => {
      await Promise.all(listening.splice(0).map((each) => each.close(config.server.shutdownMs)));
      for (const timetable of timetables.splice(0)) await timetable[Symbol.asyncDispose]();
      await open.disposeAsync();
      log.info('gateway closed');
    },
  };
};
