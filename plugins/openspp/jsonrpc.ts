/** `/jsonrpc`: the user's number is asked for once and goes with every call, as do database and key. */

import type { CallContext } from 'dci-gateway/plugin';
import { faultOf, OdooFault, statusFault } from './odoo-fault.ts';
import type { JsonPoster, PostAnswer } from './post-json.ts';
import { createShared } from './shared.ts';
import { type Arguments, isObject, ServerClock, type Transport, textOf } from './transport.ts';

export interface Login {
  readonly database: string;
  readonly user: string;
  readonly key: string;
}

export const createJsonRpc = (poster: JsonPoster, { database, user, key }: Login): Transport => {
  const clock = new ServerClock();

  const login = async (ctx: CallContext): Promise<number> => {
    const answer = await rpc(poster, 'common', 'authenticate', [database, user, key, {}], ctx);
    if (typeof answer.result === 'number') return answer.result;
    throw faultOf('AccessDenied', ''); // a wrong password is answered with false
  };
  const userId = createShared(login);
  const execute = async (model: string, method: string, args: Arguments, ctx: CallContext): Promise<unknown> => {
    const { domain, ...named } = args;
    const positional = domain === undefined ? [] : [domain];
    const whole = [database, await userId.get(ctx), key, model, method, positional, named];
    const { result, at } = await rpc(poster, 'object', 'execute_kw', whole, ctx);
    clock.heard(at);
    return result;
  };

  return {
    async call(model, method, args, ctx) {
      try {
        return await execute(model, method, args, ctx);
      } catch (cause) {
        if (!(cause instanceof OdooFault) || (cause.fault !== 'expired' && cause.fault !== 'denied')) throw cause;
        userId.forget(); // the next call logs in again
        if (cause.fault === 'denied') throw cause;
        return execute(model, method, args, ctx);
      }
    },
    get clock() {
      return clock.now;
    },
  };
};

/** `17` of `17.0`, without a login. */
export const majorVersion = async (poster: JsonPoster, ctx: CallContext): Promise<number> => {
  const { result } = await rpc(poster, 'common', 'version', [], ctx);
  const info = isObject(result) ? result.server_version_info : undefined;
  const [major] = Array.isArray(info) ? info : [];
  // Odoo's own cloud says `saas~19.1`.
  const number = typeof major === 'number' ? major : Number(/\d+/.exec(textOf(major))?.[0]);
  if (Number.isInteger(number)) return number;
  throw new OdooFault('unavailable', 'what answers at this address does not say which Odoo it is');
};

const rpc = async (
  poster: JsonPoster,
  service: string,
  method: string,
  args: readonly unknown[],
  ctx: CallContext,
): Promise<{ readonly result: unknown; readonly at: number | undefined }> => {
  const message = { jsonrpc: '2.0', method: 'call', params: { service, method, args }, id: 1 };
  const answer = await poster.post('/jsonrpc', message, {}, ctx);
  return { result: resultOf(answer), at: answer.at };
};

const resultOf = (answer: PostAnswer): unknown => {
  const { status, body } = answer;
  if (status !== 200 || !isObject(body)) throw statusFault(answer);
  if (isObject(body.error)) {
    const { code, data } = body.error;
    if (code === 100) throw faultOf('SessionExpired', '');
    throw isObject(data) ? faultOf(textOf(data.name), textOf(data.message)) : faultOf(textOf(body.error.message), '');
  }
  if (!('result' in body)) throw new OdooFault('unavailable', 'what answers at this address is no Odoo');
  return body.result;
};
