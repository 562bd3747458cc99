/** Routes that need no token: keys, locations, health, the API document. */

import { GatewayError } from '../errors.ts';
import type { Exchange, Route } from './exchange.ts';
import type { Readiness } from './health.ts';
import { JSON_TYPE } from './write-answer.ts';

const get = (name: string, handle: (exchange: Exchange) => Promise<void>): Route => ({
  name,
  registryId: undefined,
  answerAction: `on-${name}`,
  methods: ['GET'],
  handle,
});

/** `/.well-known/jwks.json`: our public keys. */
export const jwksRoute = (publicKeys: () => object, maxAgeSeconds: number): Route =>
  get('jwks', async (exchange) => {
    exchange.answer({
      status: 200,
      contentType: JSON_TYPE,
      body: JSON.stringify(publicKeys()),
      headers: { 'Cache-Control': `public, max-age=${maxAgeSeconds}` },
    });
  });

/** `/.well-known/locations.json`; 404 where no registry under this path has locations. */
export const locationsRoute = (locations: () => Promise<string | undefined>, maxAgeSeconds: number): Route =>
  get('locations', async (exchange) => {
    const found = await locations();
    if (found === undefined) throw new GatewayError('request.not_found', { message: 'No locations are kept here.' });
    exchange.answer({
      status: 200,
      contentType: JSON_TYPE,
      body: found,
      headers: { 'Cache-Control': `public, max-age=${maxAgeSeconds}` },
    });
  });

/** `/health/live`: the process answers. */
export const liveRoute = (): Route =>
  get('health', async (exchange) => {
    exchange.answer({ status: 200, contentType: JSON_TYPE, body: '{"status":"live"}' });
  });

/** `/health/ready`: the store and every backend answer. With `details` it says which does not, and why. */
export const readyRoute = (readiness: () => Promise<Readiness>, details: boolean): Route =>
  get('health', async (exchange) => {
    const { ready, parts } = await readiness();
    const status = ready ? 'ready' : 'not ready';
    const reasons = [...parts].map(([part, reason]) => [part, reason ?? 'ready']);
    exchange.answer({
      status: ready ? 200 : 503,
      contentType: JSON_TYPE,
      body: JSON.stringify(details ? { status, parts: Object.fromEntries(reasons) } : { status }),
    });
  });

/** A text that never changes; `body` keeps it: `/openapi.yaml`, `/docs`. */
export const textRoute = (
  name: string,
  contentType: string,
  body: () => Promise<string>,
  headers: Record<string, string> = {},
): Route =>
  get(name, async (exchange) => {
    exchange.answer({ status: 200, contentType, body: await body(), headers });
  });

/** `/metrics`, on the admin listener. */
export const metricsRoute = (metrics: { render(): Promise<string>; readonly contentType: string }): Route =>
  get('metrics', async (exchange) => {
    exchange.answer({ status: 200, contentType: metrics.contentType, body: await metrics.render() });
  });
