/** What each mount of a registry serves, and what its own system may call on the admin listener. */

import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { asyncRoutes } from '../http/async-routes.ts';
import type { Route } from '../http/exchange.ts';
import { resultRoute } from '../http/files/result-route.ts';
import { createForwardSearch, type ForwardSearch } from '../http/forward-search.ts';
import { searchRoute } from '../http/handle-search.ts';
import { projectionRoutes } from '../http/projection-routes.ts';
import { pushedEventsRoute } from '../http/pushed-events-route.ts';
import { receiverRoutes } from '../http/receiver-routes.ts';
import { statusRoute } from '../http/status-route.ts';
import { updatesRoutes } from '../http/updates-route.ts';
import { upstreamPathRoutes } from '../http/upstream-paths.ts';
import type { BearerPipeline } from '../inbound/bearer-pipeline.ts';
import type { Pipeline } from '../inbound/pipeline.ts';
import type { WriteAudit } from '../registry/audit.ts';
import type { Registry } from '../registry/registry.ts';
import type { RunForwarded } from '../registry/run-forwarded.ts';
import type { RunSearch } from '../registry/search.ts';

import type { TakeUpdates } from '../registry/take-updates.ts';

import type { FindRecipient } from '../security/encryption/ready-message.ts';

import type { AsyncHalf } from './open-async.ts';
import type { Security } from './open-security.ts';
import type { Subscriptions } from './open-subscriptions.ts';
import type { SharedLimits } from './shared-limits.ts';
import { uploadPorts } from './upload-ports.ts';

export interface RegistryRoutesInput {
  readonly config: Config;
  readonly security: Security;
  readonly asyncHalf: AsyncHalf;
  readonly subscriptions: Subscriptions;
  readonly pipeline: Pipeline;
  readonly bearerOnly: BearerPipeline;
  readonly runSearch: RunSearch;
  readonly audit: WriteAudit;
  readonly runForwarded: RunForwarded;
  readonly takeUpdates: TakeUpdates;
  readonly limiting: SharedLimits;
  readonly clock: Clock;
}

export interface RegistryRoutes {
  /** By path below a mount. */
  partners(registry: Registry): Readonly<Record<string, Route>>;
  /** By path. */
  admin(registries: readonly Registry[]): readonly (readonly [string, Route])[];
}

export const registryRoutes = (input: RegistryRoutesInput): RegistryRoutes => {
  const { pipeline, runSearch, audit, asyncHalf, subscriptions, clock } = input;
  const { server, identity, limits, subscriptions: settings } = input.config;
  const shared = {
    ...{ pipeline, audit, clock, sign: input.security.writeFor, senderId: identity.id },
    body: { bytes: server.bodyLimitBytes, timeoutMs: server.bodyTimeoutMs },
  };
  const search = { ...shared, runSearch, maxItems: limits.syncItems };
  const { accept, receiveFile, openResult, tellStatus } = asyncHalf;
  const later = {
    ...{ ...shared, accept, receiveFile, tellStatus, maxItems: limits.asyncItems },
    uploads: uploadPorts(input.config, input.limiting, clock),
    subscriptionLifetimeMs: settings.lifetimeMs,
  };
  const { findRecipient } = input.security;
  const results = { bearerOnly: input.bearerOnly, openResult, findRecipient, uploads: later.uploads };
  const receivers = { ...shared, receive: subscriptions.receive, uploads: later.uploads };
  return {
    partners: (registry) => ({
      ...upstreamPathRoutes(registry, { bearerOnly: input.bearerOnly, clock: input.clock }),
      '/sync/search': searchRoute(registry, {
        ...search,
        forward: forwardOf(registry, input.runForwarded, findRecipient),
      }),
      '/sync/txn/status': statusRoute(registry, later),
      ...projectionRoutes(registry, search),
      ...updatesRoutes(registry, { ...search, takeUpdates: input.takeUpdates }),
      ...asyncRoutes(registry, later),
      '/upload/result': resultRoute(registry, results),
      ...receiverRoutes(registry, receivers),
    }),
    admin: (registries) =>
      registries.map((registry) => {
        const { id, pushSecret: secret } = registry.config;
        return [
          `/registries/${id}/changes`,
          pushedEventsRoute(registry, { ...shared, push: subscriptions.push, secret }),
        ];
      }),
  };
};

const forwardOf = (
  { plugin: { upstream } }: Registry,
  run: RunForwarded,
  findRecipient: FindRecipient,
): ForwardSearch | undefined =>
  upstream?.forwards && createForwardSearch(upstream.link.raw, upstream.forwards, run, findRecipient);
