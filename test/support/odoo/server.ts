/** An Odoo server on a socket: `/jsonrpc`, with errors as HTTP 200, and `/json/2` of Odoo 19, with errors as HTTP says. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { DomainSettings } from './domain.ts';
import { callMethod, type Named } from './methods.ts';
import { OdooError, type OdooWorld } from './model.ts';

export interface OdooServerOptions {
  readonly world: OdooWorld;
  /** 17 by default. */
  readonly version?: number;
  readonly unaccent?: boolean;
  readonly collation?: 'C' | 'en';
  /** Models that the user may not read. */
  readonly forbidden?: readonly string[];
}

export interface OdooCall {
  readonly model: string;
  readonly method: string;
  readonly named: Named;
  readonly context: Named;
}

export interface OdooServer extends AsyncDisposable {
  close(): Promise<void>;
  readonly url: string;
  readonly world: OdooWorld;
  /** Calls of models' methods, for assertions about how many there are. */
  readonly calls: OdooCall[];
  /** Conditions that Odoo left out. */
  readonly dropped: string[];
  readonly logins: string[];
  /** What the next requests get instead of an answer: each function takes one. */
  readonly faults: ((response: ServerResponse) => void)[];
  /** The password that is right from now on. */
  key: string;
  /** Milliseconds that the server's clock is ahead of ours. */
  ahead: number;
}

export const ODOO_LOGIN = { database: 'openspp', user: 'admin', key: 'admin' } as const;
const USER_ID = 2;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export const startOdoo = async (options: OdooServerOptions): Promise<OdooServer> => {
  const { world, version = 17, unaccent = false, collation = 'C', forbidden = [] } = options;
  const dropped: string[] = [];
  const settings: DomainSettings = {
    unaccent,
    collation,
    falsy: version >= 19,
    dropped: (message) => void dropped.push(message),
  };
  const state = { key: ODOO_LOGIN.key as string, ahead: 0 };
  const [calls, logins, faults]: [OdooCall[], string[], OdooServer['faults']] = [[], [], []];

  const run = (model: string, method: string, args: readonly unknown[], named: Named): unknown => {
    const { context = {}, ...rest } = named;
    calls.push({ model, method, named: rest, context: context as Named });
    if (forbidden.includes(model))
      throw new OdooError('odoo.exceptions.AccessError', `You are not allowed to access 'Secret' (${model}) records.`);
    return callMethod(world, settings, model, method, args, named);
  };

  const rpc = (service: string, method: string, args: readonly unknown[]): unknown => {
    if (service === 'common' && method === 'version') return versionOf(version);
    const [database, user, key] = args;
    if (database !== ODOO_LOGIN.database) throw noDatabase(String(database));
    if (service === 'common') {
      logins.push(String(user));
      return user === ODOO_LOGIN.user && key === state.key ? USER_ID : false;
    }
    if (user !== USER_ID || key !== state.key) throw new OdooError('odoo.exceptions.AccessDenied', 'Access Denied');
    const [, , , model, name, positional, named] = args;
    return run(String(model), String(name), positional as readonly unknown[], (named ?? {}) as Named);
  };

  const jsonRpc = (message: { readonly id: unknown; readonly params: Parameters<typeof params>[0] }): Answer => {
    const { id } = message;
    try {
      return { status: 200, body: { jsonrpc: '2.0', id, result: rpc(...params(message.params)) } };
    } catch (error) {
      if (!(error instanceof OdooError)) throw error;
      return { status: 200, body: { jsonrpc: '2.0', id, error: rpcError(error) } };
    }
  };

  const json2 = (path: string, request: IncomingMessage, body: Named): Answer => {
    const [, model = '', method = ''] = /^\/json\/2\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    if (version < 19 || model === '') return { status: 404, body: undefined };
    const { authorization, 'x-odoo-database': database } = request.headers;
    if (authorization !== `Bearer ${state.key}` || database !== ODOO_LOGIN.database)
      return { status: 401, body: errorBody('werkzeug.exceptions.Unauthorized', 'Invalid apikey') };
    try {
      return { status: 200, body: run(model, method, [], body) };
    } catch (error) {
      if (!(error instanceof OdooError)) throw error;
      const status = /AccessError$/.test(error.pythonName) ? 403 : /doesn't exist$/.test(error.message) ? 404 : 422;
      return { status, body: errorBody(error.pythonName, error.message) };
    }
  };

  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const fault = faults.shift();
    if (fault !== undefined) return fault(response);
    const path = request.url ?? '';
    const answer = path === '/jsonrpc' ? jsonRpc(body as never) : json2(path, request, body);
    const date = new Date(Date.now() + state.ahead).toUTCString();
    response.writeHead(answer.status, { 'content-type': 'application/json', date });
    response.end(JSON.stringify(answer.body));
  });
  const url = await listen(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    close,
    ...{ url, world, calls, dropped, logins, faults },
    get key() {
      return state.key;
    },
    set key(key) {
      state.key = key;
    },
    get ahead() {
      return state.ahead;
    },
    set ahead(ahead) {
      state.ahead = ahead;
    },
    [Symbol.asyncDispose]: close,
  };
};

const params = (given: { readonly service: string; readonly method: string; readonly args: readonly unknown[] }) =>
  [given.service, given.method, given.args] as const;

const versionOf = (major: number) => ({
  server_version: `${major}.0`,
  server_version_info: [major, 0, 0, 'final', 0, ''],
  server_serie: `${major}.0`,
  protocol_version: 1,
});

const noDatabase = (name: string): OdooError =>
  new OdooError(
    'psycopg2.OperationalError',
    `connection to server at "127.0.0.1", port 55432 failed: FATAL:  database "${name}" does not exist\n`,
  );

const errorBody = (name: string, message: string) => ({
  ...{ name, debug: '<traceback, shortened>', message },
  ...{ arguments: [message], context: {} },
});

export const rpcError = ({ pythonName, message }: OdooError) => ({
  code: 200,
  message: 'Odoo Server Error',
  data: errorBody(pythonName, message),
});

/** A fault for `faults`: the session is over. */
export const sessionExpired = (response: ServerResponse): void => {
  const error = {
    code: 100,
    message: 'Odoo Session Expired',
    data: errorBody('odoo.http.SessionExpiredException', 'Session expired'),
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, error }));
};

/** A fault for `faults`: the connection ends before there is an answer. */
export const dropConnection = (response: ServerResponse): void => {
  response.socket?.destroy();
};

const readBody = async (request: IncomingMessage): Promise<Named> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Named;
};

const listen = (server: Server): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(`http://127.0.0.1:${address.port}`);
    });
  });
