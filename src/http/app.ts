/** The Express app: one route table, looked up by path. Every answer leaves through here, a refusal as a DCI body. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import { cameThroughProxy } from './came-through-proxy.ts';
import { beginExchange, type Exchange, type Route } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import type { Traffic } from './traffic.ts';

export interface AppInput {
  /** By path, without a trailing slash. */
  readonly routes: ReadonlyMap<string, Route>;
  /** The caller's address, of the connection's and what proxies say. */
  readonly addressOf: (remote: string | undefined, forwardedFor: string | readonly string[] | undefined) => string;
  readonly answerError: (exchange: Exchange, thrown: unknown) => Promise<void>;
  readonly metrics: Metrics;
  readonly traffic: Traffic;
  readonly log: Log;
}

export type App = express.Express;

const UNKNOWN_PATH = { name: 'unknown', registryId: undefined, answerAction: 'on-unknown' };

/** Makes the app. It answers every request, whatever happens. */
export const createApp = ({ routes, addressOf, answerError, metrics, traffic, log }: AppInput): App => {
  const dispatch = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { path, query } = splitUrl(request.url ?? '/');
    const route = routes.get(path);
    const exchange = beginExchange({
      request,
      response,
      route: route ?? UNKNOWN_PATH,
      address: addressOf(request.socket.remoteAddress, request.headers['x-forwarded-for']),
      throughProxy: cameThroughProxy(request),
      query,
    });
    const end = traffic.begin();
    response.once('close', () => {
      end();
      observe(exchange, metrics, log);
    });
    try {
      requireHost(request);
      if (route === undefined) throw new GatewayError('request.not_found');
      requireMethod(route, exchange);
      await route.handle(exchange);
    } catch (thrown) {
      await answerError(exchange, thrown);
    }
  };
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.set('env', 'production'); // should a fault get past us, Express must not print its stack into the answer
  app.use((request, response) => dispatch(request, response));
  return app;
};

/** RFC 9112 3.2 */
const requireHost = ({ headers, httpVersion }: IncomingMessage): void => {
  if (headers.host === undefined && httpVersion === '1.1') {
    throw new GatewayError('request.bad', { message: 'The header Host is missing.' });
  }
};

/** Proxies may write the whole URL (RFC 9112 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?]*/i;

/** A trailing slash is the same path. */
const splitUrl = (target: string): { path: string; query: string } => {
  const url = target.startsWith('/') ? target : target.replace(ORIGIN, '');
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  return {
    path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path,
    query: mark < 0 ? '' : url.slice(mark + 1),
  };
};

const requireMethod = ({ methods }: Route, { request, response }: Exchange): void => {
  const method = request.method ?? '';
  if (methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))) return;
  response.setHeader('Allow', methods.join(', '));
  throw new GatewayError('method.not_allowed');
};

/** The request log: who, what, how it ended; no id and no value of the request. */
const observe = ({ notes, response, startedAt, requestId }: Exchange, metrics: Metrics, log: Log): void => {
  const milliseconds = performance.now() - startedAt;
  const status = response.writableFinished ? response.statusCode : 499; // the caller went away
  metrics.observe(notes, status, milliseconds / 1000);
  log.info('request answered', {
    request: requestId,
    partner: notes.partner?.id,
    registry: notes.registryId,
    action: notes.operation,
    status,
    reason: notes.reason,
    ...(notes.refusedItems !== undefined &&
      notes.refusedItems.length > 0 && { refused_items: notes.refusedItems.length }),
    ms: Math.round(milliseconds * 10) / 10,
  });
};
