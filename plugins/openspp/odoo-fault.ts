/**
 * What an error of Odoo means. Over JSON-RPC it comes with HTTP 200, by the name of a Python class; its text repeats values of the
 * query, so nothing but names of models and fields is taken from it.
 */

import { BackendError, type BackendErrorOptions } from 'dci-gateway/plugin';
import type { PostAnswer } from './post-json.ts';

export type FaultKind =
  /** Login or key are wrong. */
  | 'denied'
  /** The user may not read this. */
  | 'forbidden'
  | 'expired'
  | 'no-database'
  | 'no-model'
  | 'no-field'
  /** The server or its database is in trouble that may pass. */
  | 'unavailable'
  | 'refused';

const BACKEND_KIND: Readonly<Record<FaultKind, 'unavailable' | 'refused'>> = {
  denied: 'unavailable',
  forbidden: 'refused',
  expired: 'unavailable',
  'no-database': 'unavailable',
  'no-model': 'refused',
  'no-field': 'refused',
  unavailable: 'unavailable',
  refused: 'refused',
};

export class OdooFault extends BackendError {
  readonly fault: FaultKind;

  constructor(fault: FaultKind, detail: string, options?: BackendErrorOptions) {
    super(BACKEND_KIND[fault], detail, options);
    this.fault = fault;
  }
}

/** Of Python; where Odoo gives none a sentence stands in its place, which may repeat anything. */
const CLASS = /^[\w.]{1,80}$/;

/** What PostgreSQL, and the way to it, say of themselves: at another time the same call may succeed. psycopg2 names the codes. */
const PASSING =
  /(OperationalError|InterfaceError|PoolError|SerializationFailure|TransactionRollbackError|QueryCanceled\w*|DeadlockDetected\w*|LockNotAvailable|(Admin|Crash)Shutdown|CannotConnectNow|Connection\w*|TooManyConnections|DatabaseDropped|\w*SessionTimeout|OutOfMemory|DiskFull|InsufficientResources|IoError)$/;

/** `name` and `message` as Odoo gives them; `status` is 200 over JSON-RPC. */
export const faultOf = (name: string, message: string, status = 200): OdooFault => {
  const known = CLASS.test(name) ? name : 'an error without a name';
  if (/AccessDenied$/.test(name) || status === 401)
    return new OdooFault('denied', 'Odoo denied access: login or key are wrong');
  if (/SessionExpired/.test(name)) return new OdooFault('expired', "Odoo's session expired");
  if (/AccessError$/.test(name) || status === 403)
    return new OdooFault('forbidden', `the user may not read ${forbiddenIn(message) ?? 'this'}`);
  if (/^psycopg2?\b.*OperationalError$/.test(name) && /database "[^"]*" does not exist/.test(message))
    return new OdooFault('no-database', 'the database does not exist');
  if (PASSING.test(name)) return new OdooFault('unavailable', `Odoo's database does not answer: ${known}`);
  if (/Object \S+ doesn't exist/.test(message) || /the model '?[\w.]+'? does not exist/i.test(message))
    return new OdooFault('no-model', `Odoo has no model ${modelIn(message) ?? ''}`.trim());
  if (/^Invalid field /.test(message))
    return new OdooFault('no-field', `Odoo has no field ${fieldIn(message) ?? ''}`.trim());
  return new OdooFault('refused', `Odoo refused the call: ${known}`);
};

/** An answer that is no error of Odoo's own: a proxy's, or that of another server. */
export const statusFault = ({ status, retryAfterMs }: Pick<PostAnswer, 'status' | 'retryAfterMs'>): OdooFault => {
  if (status === 401) return faultOf('', '', status);
  if (status === 404) return new OdooFault('unavailable', 'there is no Odoo at this address (404)');
  return new OdooFault('unavailable', `Odoo answers ${status}`, { retryAfterMs });
};

const modelIn = (message: string): string | undefined => /\b[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+\b/.exec(message)?.[0];

/** It stands in brackets: names of users and records before it may look like one. */
const forbiddenIn = (message: string): string | undefined =>
  /\(([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)[):]/.exec(message)?.[1];

const fieldIn = (message: string): string | undefined =>
  /^Invalid field '?([a-z0-9_.]+)'?(?: on model '([a-z0-9_.]+)')?/
    .exec(message)
    ?.slice(1)
    .filter(Boolean)
    .reverse()
    .join('.');
