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

const JWKS_MAX_AGE_SECONDS = 300;

/** `/.well-known/jwks.json`: our public keys. */
export const jwksRoute = (publicKeys: () => object | Promise<object>): Route =>
  get('jwks', async (exchange) => {
    exchange.answer({
      status: 200,
      contentType: JSON_TYPE,
      body: JSON.stringify(await publicKeys()),
      headers: { 'Cache-Control': `public, max-age=${JWKS_MAX_AGE_SECONDS}` },
    });
  });

export interface LocationsAnswer {
  readonly body: string;
  readonly maxAgeSeconds: number;
}

/** `/.well-known/locations.json`; 404 where no registry under this path has locations. */
export const locationsRoute = (locations: () => Promise<LocationsAnswer | undefined>): Route =>
  get('locations', async (exchange) => {
    const found = await locations();
    if (found === undefined) throw new GatewayError('request.not_found', { message: 'No locations are kept here.' });
    exchange.answer({
      status: 200,
      contentType: JSON_TYPE,
      body: found.body,
      headers: { 'Cache-Control': `public, max-age=${found.maxAgeSeconds}` },
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

/** A text that never changes: `/openapi.yaml`, `/docs`. */
export const fixedRoute = (
  name: string,
  contentType: string,
  body: string,
  headers: Record<string, string> = {},
): Route =>
  get(name, async (exchange) => {
    exchange.answer({ status: 200, contentType, body, headers });
  });

/** `/metrics`, on the admin listener. */
export const metricsRoute = (metrics: { render(): Promise<string>; readonly contentType: string }): Route =>
  get('metrics', async (exchange) => {
    exchange.answer({ status: 200, contentType: metrics.contentType, body: await metrics.render() });
  });
