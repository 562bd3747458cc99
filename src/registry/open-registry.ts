/**
 * Opens a registry and keeps trying: a backend that is down at start leaves the gateway running and this registry not
 * ready. Its mapping is checked against the backend at the first connection.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistryConfig } from '../config/config.ts';
import { ConfigError, type Problem } from '../config/source.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Mapping, UnboundMapping } from '../mapping/mapping.ts';
import { BackendError, type BackendPlugin, type CallContext, ConfigProblems } from '../plugin.ts';
import { callContext } from './call-context.ts';
import { checkChanges } from './check-changes.ts';
import { loadAreas } from './load-areas.ts';
import type { Registry } from './registry.ts';

export interface OpenRegistryInput {
  readonly config: RegistryConfig;
  readonly plugin: BackendPlugin;
  readonly unbound: UnboundMapping;
  readonly log: Log;
  /** Called with the bound mapping; what it throws refuses the mapping. */
  readonly onBound?: (mapping: Mapping) => void;
  /** Pauses between attempts to connect; the last one repeats. */
  readonly retryMs?: readonly number[];
  /** Pause between two looks at the areas, where searches need them. */
  readonly areasMs?: number;
}

/** As old as locations.json may be. */
const AREAS_MS = 300_000;
const AREAS_DEADLINE_MS = 30_000;

const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
/** The same again, while it is tried again. */
const TOLD_EVERY_MS = 600_000;
/** A CSV of millions of rows is loaded at the first connection. */
const CONNECT_DEADLINE_MS = 600_000;
const HEALTH_DEADLINE_MS = 3_000;
const HEALTH_MESSAGE = 'the backend does not answer';

export interface OpenedRegistry extends Registry {
  /** Resolves after the first attempt to connect. Rejects with `ConfigError` when the mapping does not fit the backend: the start stops. */
  readonly firstAttempt: Promise<void>;
}

/** Opens it: the first attempt runs at once, others follow in the background until one succeeds. */
export const openRegistry = (input: OpenRegistryInput): OpenedRegistry => {
  const { config, plugin, unbound } = input;
  const log = input.log.child({ registry: config.id });
  const closing = new AbortController();
  let mapping: Mapping | undefined;
  let retrying: Promise<void> = Promise.resolve();
  let refreshing: Promise<void> = Promise.resolve();
  let trouble = 'the backend was not reached yet';
  let told: { readonly detail: string; readonly at: number } | undefined;

  const attempt = async (): Promise<void> => {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(CONNECT_DEADLINE_MS)]);
    const context = callContext(signal, CONNECT_DEADLINE_MS, randomUUID(), log);
    const bound = unbound.bind(await plugin.describe(context));
    input.onBound?.(bound);
    await checkChanges(bound, plugin, context);
    const { mapping: complete, refresh } = await loadAreas(bound, plugin, context);
    mapping = complete;
    if (refresh !== undefined) refreshing = keepAreas(refresh).catch(note);
    log.info('registry connected', { records: [...bound.records.keys()] });
  };

  const retry = async (): Promise<void> => {
    const pauses = input.retryMs ?? RETRY_MS;
    for (let round = 0; mapping === undefined && !closing.signal.aborted; round++) {
      await sleep(pauses[Math.min(round, pauses.length - 1)], undefined, { signal: closing.signal, ref: false });
      await attempt().catch(note);
    }
  };

  /** A district that moved to another region is found there, and no more where it was. */
  const keepAreas = async (refresh: (context: CallContext) => Promise<void>): Promise<void> => {
    for (;;) {
      await sleep(input.areasMs ?? AREAS_MS, undefined, { signal: closing.signal, ref: false });
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(AREAS_DEADLINE_MS)]);
      await refresh(callContext(signal, AREAS_DEADLINE_MS, randomUUID(), log)).catch((cause: unknown) => {
        if (!(cause instanceof BackendError)) throw cause;
        log.warn('areas not read anew', { detail: cause.message });
      });
    }
  };

  const note = (cause: unknown): void => {
    if (closing.signal.aborted) return;
    trouble = cause instanceof BackendError ? HEALTH_MESSAGE : 'the mapping does not fit the backend';
    const detail = cause instanceof Error ? cause.message : String(cause);
    const now = performance.now();
    if (detail === told?.detail && now - told.at < TOLD_EVERY_MS) return;
    told = { detail, at: now };
    log.error('registry not ready', { detail });
  };

  const firstAttempt = attempt().catch((cause: unknown) => {
    if (!(cause instanceof BackendError)) throw asConfigError(cause, config);
    note(cause);
    retrying = retry().catch(note);
  });

  return {
    config,
    plugin,
    firstAttempt,
    mapping: async () => {
      if (mapping === undefined) throw new GatewayError('service.unavailable', { detail: trouble });
      return mapping;
    },
    health: async (signal) => {
      if (mapping === undefined) return trouble;
      return plugin.health(callContext(signal, HEALTH_DEADLINE_MS, randomUUID(), log)).then(
        () => undefined,
        () => HEALTH_MESSAGE,
      );
    },
    close: async () => {
      closing.abort();
      // Whoever opened it has seen how the first attempt ended.
      await firstAttempt.catch(() => undefined);
      await retrying;
      await refreshing;
      await plugin.close();
    },
  };
};

/** A plugin names paths below `backend`; the operator wants file and line. */
const asConfigError = (cause: unknown, { id, backendSource }: RegistryConfig): unknown => {
  if (!(cause instanceof ConfigProblems)) return cause;
  const problems = cause.problems.map(
    ({ path, problem, fix }): Problem => ({
      at: backendSource.at(path),
      path: ['registries', id, 'backend', ...path].join('.'),
      problem,
      ...(fix === undefined ? {} : { fix }),
    }),
  );
  return new ConfigError(problems);
};
