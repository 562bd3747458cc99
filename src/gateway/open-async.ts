/** The asynchronous half of one gateway: what accepts, what works on lanes, what delivers. Nothing runs before `jobs` is woken. */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { readSearchRequest } from '../dci/search-request.ts';
import { createDeliver } from '../jobs/deliver.ts';
import type { Jobs, LaneHandlers, Sweeper } from '../jobs/jobs.ts';
import { createRunFiles } from '../jobs/run-file.ts';
import { createRunTransactions } from '../jobs/run-search.ts';
import { createSweepers } from '../jobs/sweep.ts';
import { createWaker } from '../jobs/waker.ts';
import type { Log } from '../log.ts';
import { type Accept, createAccept } from '../registry/accept.ts';
import { createAttempt } from '../registry/attempt-delivery.ts';
import { createAuditEntry } from '../registry/audit.ts';
import { createCheckSearch } from '../registry/check-search.ts';
import { createAskService } from '../registry/consent/ask-service.ts';
import type { ConsentDecider } from '../registry/consent/decider.ts';
import { rememberDecisions } from '../registry/consent/remember-decisions.ts';
import { createStillConsented, type StillConsented } from '../registry/consent/still-consented.ts';
import type { DataLimits } from '../registry/data-limits.ts';
import { createEncryptOnce } from '../registry/encrypt-once.ts';
import { createCheckFile } from '../registry/files/check-file.ts';
import { createFileRunner } from '../registry/files/file-runner.ts';
import { createReceiveFile, type ReceiveFile } from '../registry/files/incoming-file.ts';
import { createOpenResult, type OpenResult } from '../registry/files/result-file.ts';
import { createFinish } from '../registry/finish-transaction.ts';
import { createKeyed } from '../registry/keyed.ts';
import type { Registry } from '../registry/registry.ts';
import { createStartRelay } from '../registry/relay.ts';
import { createRightsVersion } from '../registry/rights-version.ts';
import { createRunSearch } from '../registry/search.ts';
import { createSearchRunner } from '../registry/search-runner.ts';
import { createSettle } from '../registry/settle-delivery.ts';
import { createTellStatus, type TellStatus } from '../registry/status.ts';
import { createStatusRunner } from '../registry/status-runner.ts';
import { createSubscribeRunner } from '../registry/subscribe.ts';
import { createUnsubscribeRunner } from '../registry/unsubscribe.ts';
import { createOutbound } from '../security/outbound/http-client.ts';
import type { Partner } from '../security/partner.ts';
import { scopesOf } from '../security/scopes.ts';
import type { Store } from '../store/store.ts';
import type { Security } from './open-security.ts';

export interface AsyncInput {
  readonly config: Config;
  readonly store: Store;
  readonly security: Security;
  readonly registries: readonly Registry[];
  /** Shared with the synchronous searches. */
  readonly data: DataLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Lanes beside `searches` and `deliver`: feeds and digests. `wake` starts a lane here. */
  readonly more?: (wake: (lane: string) => void) => {
    readonly handlers: LaneHandlers;
    readonly sweepers: readonly Sweeper[];
  };
}

export interface AsyncHalf {
  readonly accept: Accept;
  readonly receiveFile: ReceiveFile;
  readonly openResult: OpenResult;
  readonly tellStatus: TellStatus;
  /** Asked about consent. */
  readonly decider: ConsentDecider;
  /** The same, which remembers nothing. */
  readonly service: ConsentDecider;
  /** What a timetable wakes. */
  readonly jobs: Jobs;
  close(): Promise<void>;
}

/** So that a lease outlives the longest piece of work twice. */
const SHORTEST_LEASE_MS = 60_000;
/** Beside the search itself: reading the request, writing the answer. */
const AROUND_A_SEARCH_MS = 5_000;

/** For what comes while other requests of a partner, or calls to an endpoint, take so long. */
const LOOK_AGAIN_MS = 500;

/** A decision service may be given longer than anything else. */
const serviceTimes = (registries: readonly Registry[]): readonly number[] =>
  registries.map(({ config }) => 2 * (config.consent?.service?.timeoutMs ?? 0));

export const openAsync = (input: AsyncInput): AsyncHalf => {
  const { config, store, security, registries, data, clock, log } = input;
  const { limits, requests, deliveries } = config;
  const { documents, lanes } = store;
  const { sealer, hmacKey, directory, findRecipient, confidential, signReady } = security;
  const byId = new Map(registries.map((each) => [each.config.id, each]));
  const registry = (id: string): Registry | undefined => byId.get(id);
  const partner = (id: string): Partner | undefined => directory.byId(id);
  const keyed = createKeyed(hmacKey);
  const shared = {
    documents,
    sealer,
    keyed,
    clock,
    log,
    partner,
    rightsVersion: createRightsVersion((id) => byId.get(id)?.config.consent),
  };
  const senderId = config.identity.id;
  const maxItems = limits.asyncItems;
  const monotonic = (): number => performance.now();

  const outbound = createOutbound(config.outbound, { keepAlive: true });
  const service = createAskService(outbound);
  const decider = rememberDecisions(service, monotonic);
  // What waits was decided before: it is asked about anew, whatever is remembered.
  const stillConsented = createStillConsented({ sealer, decider: service, registry, clock, log, searchMs: limits.searchMs }); // biome-ignore format: one look
  // What was made to be encrypted is told encrypted or not at all.
  const mayTell: StillConsented = async (entry, partner) =>
    (entry.confidential !== true || (await confidential(partner.id))) && stillConsented(entry, partner);
  const tellStatus = createTellStatus({
    ...shared,
    registry,
    stillConsented: mayTell,
    mostRecords: limits.asyncRecords,
  });
  const searchLimits = { ...limits, recordsPerAnswer: limits.asyncRecords, searchMs: requests.searchMs };
  const subscribing = { limits, settings: config.subscriptions, data, registry, maxItems };
  const auditEntryOf = createAuditEntry(keyed);
  const runners = {
    search: createSearchRunner({
      runSearch: createRunSearch({ limits: searchLimits, data, decider, remembers: true, clock, log }),
      registry,
      startRelay: createStartRelay({ documents, sealer, keyed, clock }),
      maxItems,
      clock,
    }),
    subscribe: createSubscribeRunner({ documents, sealer, keyed, clock, ...subscribing }),
    unsubscribe: createUnsubscribeRunner({ documents, clock, maxItems }),
    'txn-status': createStatusRunner(tellStatus, maxItems),
  };

  const wake = (lane: string): void => jobs.wake(lane);
  const running = {
    ...{ ...shared, finisher: createFinish({ documents, sealer, keyed, clock, senderId, confidential, wake }) },
    timeoutMs: requests.searchMs + AROUND_A_SEARCH_MS,
    lifetimeMs: Math.min(requests.answerWithinMs, config.store.retentionMs / 2), // its rows are deleted by age
  };
  const fileRunner = createFileRunner({ limits: searchLimits, data, decider, registry, clock, log });
  const files = createRunFiles({ ...running, runner: fileRunner });
  const searches = createRunTransactions({
    ...running,
    runners,
    lookAgainMs: LOOK_AGAIN_MS,
    // The other half of a partner's searches is for its synchronous calls.
    atOnce: (one) => Math.max(1, Math.floor((one?.limits.concurrentSearches ?? limits.concurrentSearches) / 2)),
  });
  const deliver = createDeliver({
    documents,
    clock,
    monotonic,
    attempt: createAttempt({
      ...{ ...shared, stillConsented, signReady, outbound, timeoutMs: config.outbound.timeoutMs },
      encryptOnce: createEncryptOnce({ documents, sealer, keyed, clock, findRecipient }),
    }),
    settle: createSettle({ documents, clock, config: deliveries, log, random: Math.random }),
    timeoutMs: config.outbound.timeoutMs,
    consentMs: limits.searchMs,
    perEndpoint: deliveries.perEndpoint,
    perPartner: deliveries.perPartner,
    lookAgainMs: LOOK_AGAIN_MS,
  });
  const more = input.more?.(wake) ?? { handlers: {}, sweepers: [] };
  const jobs: Jobs = createWaker({
    lanes,
    handlers: { searches, files, deliver, ...more.handlers },
    sweepers: [...createSweepers({ documents, lanes, clock }), ...more.sweepers],
    owner: randomUUID(),
    log,
    monotonic,
    leaseMs: Math.max(
      SHORTEST_LEASE_MS,
      2 * (requests.searchMs + AROUND_A_SEARCH_MS),
      2 * (limits.searchMs + config.outbound.timeoutMs),
      ...serviceTimes(registries),
    ),
  });
  const accept = createAccept({ documents, sealer, clock, senderId, sameForMs: requests.sameForMs, wake });
  const checkSearch = createCheckSearch({ limits, clock });
  const checkFile = createCheckFile({ limits, clock });
  return {
    accept: async (call) => {
      const found = registry(call.registryId);
      if (call.operation === 'search' && found !== undefined) {
        const searcher = { registry: found, partner: call.partner, scopes: scopesOf(call.partner) };
        if (call.file === undefined) await checkSearch(searcher, readSearchRequest(call.message, maxItems));
        else await checkFile(searcher, call.purpose);
      }
      return accept(call);
    },
    receiveFile: createReceiveFile({
      ...{ documents, sealer, data, clock, maxRows: config.files.maxRows },
      decryptionKey: (kid) => security.ownKeys.decryptionKey(kid),
    }),
    openResult: createOpenResult({ ...shared, auditEntryOf, stillConsented, registry, senderId }),
    tellStatus,
    ...{ decider, service },
    jobs,
    close: async () => {
      await jobs.close();
      outbound.close();
    },
  };
};
