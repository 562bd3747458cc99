/** Ties use cases to routes: the partners' app, and the operator's on its own listener. */

import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { createAnswerError } from '../http/answer-error.ts';
import { type App, createApp } from '../http/app.ts';
import { DOCS_POLICY } from '../http/docs-page.ts';
import { limited, type Route } from '../http/exchange.ts';
import { createReadiness } from '../http/health.ts';
import { createMetrics } from '../http/metrics.ts';
import { jwksRoute, liveRoute, locationsRoute, metricsRoute, readyRoute, textRoute } from '../http/public-routes.ts';
import { routeTable } from '../http/routes.ts';
import { tokenRoute } from '../http/token-route.ts';
import type { Traffic } from '../http/traffic.ts';
import { createAdmit } from '../inbound/admit.ts';
import { createAuthenticate } from '../inbound/authenticate.ts';
import { createBearerPipeline } from '../inbound/bearer-pipeline.ts';
import { createBoundProving } from '../inbound/bound-proving.ts';
import { createCheckReplay } from '../inbound/check-replay.ts';
import { createLimitAddress } from '../inbound/limit-address.ts';
import { createOpenMessage } from '../inbound/open-message.ts';
import { createParseEnvelope } from '../inbound/parse-envelope.ts';
import { createPipeline } from '../inbound/pipeline.ts';
import { createValidate } from '../inbound/validate.ts';
import { createVerifySignature } from '../inbound/verify-signature.ts';
import { createAddressReader } from '../limits/address.ts';
import { createConcurrency } from '../limits/concurrency.ts';
import type { Limiter } from '../limits/limiter.ts';
import { createSlidingMemory } from '../limits/memory.ts';
import type { Log } from '../log.ts';
import { createAuditEntry, type WriteAudit } from '../registry/audit.ts';
import { createAuditFirst } from '../registry/audit-first.ts';
import { createKeyed } from '../registry/keyed.ts';
import { createLocations, LOCATIONS_MAX_AGE_SECONDS } from '../registry/locations.ts';
import { createCountPaused, createMessageStates } from '../registry/message-states.ts';
import type { Registry } from '../registry/registry.ts';
import { createRunForwarded } from '../registry/run-forwarded.ts';
import { createRunSearch } from '../registry/search.ts';
import { createTakeUpdates } from '../registry/take-updates.ts';
import { createWaitingRequests } from '../registry/waiting-requests.ts';
import type { Partner } from '../security/partner.ts';
import type { Store } from '../store/store.ts';
import { openApiDocument } from './api-document.ts';
import type { AsyncHalf } from './open-async.ts';
import type { Security } from './open-security.ts';
import type { Subscriptions } from './open-subscriptions.ts';
import { registryRoutes } from './registry-routes.ts';
import type { SharedLimits } from './shared-limits.ts';
import { tokenPorts } from './token-ports.ts';

export interface AppsInput {
  readonly config: Config;
  readonly store: Store;
  readonly security: Security;
  readonly limiter: Limiter;
  readonly limiting: SharedLimits;
  readonly asyncHalf: AsyncHalf;
  readonly subscriptions: Subscriptions;
  readonly registries: readonly Registry[];
  readonly traffic: Traffic;
  /** Of answers that leave at once. */
  readonly audit: WriteAudit;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Apps {
  readonly app: App;
  /** For the operator's own listener. */
  readonly adminApp: App;
  /** Every path of `app`. */
  readonly paths: readonly string[];
}

/** How many of a partner's requests may be arriving for each search that may run: slow bodies would fill the memory. */
const ARRIVING_A_SEARCH = 16;

export const createApps = async (input: AppsInput): Promise<Apps> => {
  const { config, store, security, limiter, registries, audit, clock, log } = input;
  const { budgets, data } = input.limiting;
  const { server, identity, limits } = config;
  const limitAddress = (address: string) => limiter.take(budgets.address(address), 1);
  const arriving = createConcurrency('Too many requests of this partner are arriving.');
  const partnerLimit = (partner: Partner) => limiter.take(budgets.requests(partner), 1);
  const entry = {
    limitAddress: createLimitAddress(limitAddress),
    authenticate: createAuthenticate(security.tokens),
  };
  const keyed = createKeyed(security.hmacKey);
  const pipeline = createPipeline({
    ...entry,
    bound: createBoundProving({
      arriving: (partner, work) =>
        arriving.run(partner.id, ARRIVING_A_SEARCH * budgets.concurrentSearches(partner), work),
      failures: createSlidingMemory(),
      budgetOf: budgets.failedProofs,
    }),
    parseEnvelope: createParseEnvelope(limits.jsonDepth),
    verifySignature: createVerifySignature(security.verifier),
    admit: createAdmit(partnerLimit),
    openMessage: createOpenMessage((kid) => security.ownKeys.decryptionKey(kid), limits.jsonDepth),
    validate: createValidate(
      new Set(identity.receiverIds),
      (digest) => keyed('received', digest),
      createCheckReplay(store.replay, clock),
    ),
  });
  const runSearch = createRunSearch({ limits, data, decider: input.asyncHalf.decider, clock, log });
  const runForwarded = createRunForwarded({ limits, data, audit, clock, log });
  const auditFirst = createAuditFirst(store.documents, createAuditEntry(keyed), clock);
  const takeUpdates = createTakeUpdates({ limits, data, audit: auditFirst, clock, log });
  const operations = registryRoutes({
    ...{ ...input, pipeline, runSearch, runForwarded, takeUpdates },
    bearerOnly: createBearerPipeline(entry, partnerLimit),
  });
  const readiness = createReadiness(registries, store);
  const api = await openApiDocument();
  const open = (route: Route): Route => limited(route, limitAddress);
  const routes = routeTable({
    registries,
    operations: operations.partners,
    token: open(tokenRoute(tokenPorts(input, budgets))),
    jwks: open(jwksRoute(() => security.ownKeys.jwks(), config.signatures.jwksMaxAgeSeconds)),
    locations: (below) => open(locationsRoute(createLocations(below, clock, log), LOCATIONS_MAX_AGE_SECONDS)),
    others: {
      '/health/live': liveRoute(),
      '/health/ready': readyRoute(readiness, false),
      '/openapi.yaml': open(textRoute('openapi', 'application/yaml; charset=utf-8', async () => api.text)),
      '/docs': open(textRoute('docs', 'text/html; charset=utf-8', api.page, DOCS_POLICY)),
    },
  });
  const metrics = createMetrics({
    subscribed: input.subscriptions.states,
    messages: createMessageStates(input.store.documents),
    paused: createCountPaused(input.store.documents),
    waiting: createWaitingRequests(input.store.documents, registries.map(({ config: { id } }) => id), clock), // biome-ignore format: one look
  });
  const shared = {
    addressOf: createAddressReader(server.trustProxy),
    answerError: createAnswerError({ senderId: identity.id, sign: security.signReady, clock, log }),
    metrics,
    traffic: input.traffic,
    log,
  };
  const adminRoutes = new Map<string, Route>([
    ['/metrics', metricsRoute(metrics)],
    ['/health/live', liveRoute()],
    ['/health/ready', readyRoute(readiness, true)],
    ...operations.admin(registries),
  ]);
  return {
    app: createApp({ ...shared, routes }),
    adminApp: createApp({ ...shared, routes: adminRoutes }),
    paths: [...routes.keys()],
  };
};
