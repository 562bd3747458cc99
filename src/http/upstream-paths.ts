/** Read-only paths of an upstream that partners may read through us: those that are listed, by GET, as they lie there. */

import type { Clock } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { BearerPipeline } from '../inbound/bearer-pipeline.ts';
import type { Operation } from '../inbound/stages.ts';
import { BackendError, limitedForMs, type RawAnswer, type UpstreamOffer } from '../plugin.ts';
import type { Registry } from '../registry/registry.ts';
import { requireAction } from '../registry/require-action.ts';
import { arrivedAt } from './arrived-at.ts';
import type { Route } from './exchange.ts';

const READ: Operation = { name: 'upstream-path', action: 'search', answerAction: 'on-upstream-path' };

/** What a browser would run is not let through. */
const TYPES = /^(application\/([\w.-]+\+)?json|text\/csv|text\/plain)\s*(;\s*charset=[\w-]+\s*)?$/i;

export interface UpstreamPathPorts {
  readonly bearerOnly: BearerPipeline;
  readonly clock: Clock;
}

/** By path below a mount; none for registries without an upstream. */
export const upstreamPathRoutes = (registry: Registry, ports: UpstreamPathPorts): Readonly<Record<string, Route>> => {
  const { upstream } = registry.plugin;
  if (upstream === undefined) return {};
  return Object.fromEntries(
    [...upstream.paths].map(([path, url]) => [path, pathRoute(registry, upstream, url, ports)]),
  );
};

const pathRoute = (
  { config }: Registry,
  { link }: UpstreamOffer,
  url: string,
  { bearerOnly, clock }: UpstreamPathPorts,
): Route => ({
  name: READ.name,
  registryId: config.id,
  answerAction: READ.answerAction,
  methods: ['GET'],
  handle: async (exchange) => {
    const { partner, scopes } = await bearerOnly(arrivedAt(exchange, READ, config.id, { bytes: 0, timeoutMs: 0 }));
    exchange.notes.partner = partner;
    requireAction(partner, scopes, config.id, 'search');
    if (exchange.query !== '') throw new GatewayError('request.bad', { message: 'This path takes no query.' });
    const abort = new AbortController();
    exchange.response.once('close', () => abort.abort());
    const { body, contentType } = readable(await link.raw.get(url, abort.signal), clock());
    exchange.answer({ status: 200, contentType, body });
  },
});

const readable = (answer: RawAnswer, now: number): { readonly body: Buffer; readonly contentType: string } => {
  const { status, headers, body } = answer;
  if (status === 404) throw new GatewayError('request.not_found');
  if (status !== 200) {
    const retryAfterMs = limitedForMs(answer, now);
    throw new BackendError('unavailable', `the upstream answered a path with status ${status}`, { retryAfterMs });
  }
  const contentType = headers['content-type'] ?? '';
  if (!TYPES.test(contentType))
    throw new BackendError('unavailable', 'the upstream answered a path with another kind of content');
  return { body, contentType };
};
