/** `/json/2/{model}/{method}` of Odoo 19: the key as bearer token, arguments by name, errors by HTTP status. */

import { faultOf, statusFault } from './odoo-fault.ts';
import type { JsonPoster } from './post-json.ts';
import { isObject, ServerClock, type Transport, textOf } from './transport.ts';

export const createJson2 = (
  poster: JsonPoster,
  { database, key }: { readonly database: string; readonly key: string },
): Transport => {
  const clock = new ServerClock();
  const headers = { authorization: `Bearer ${key}`, 'x-odoo-database': database };
  return {
    async call(model, method, args, ctx) {
      const answer = await poster.post(`/json/2/${model}/${method}`, args, headers, ctx);
      const { status, body, at } = answer;
      clock.heard(at);
      if (status === 200 && body !== undefined) return body;
      const named = isObject(body) && typeof body.name === 'string';
      if (status === 429 || status === 503) throw statusFault(answer); // whoever says so, it is for the moment
      throw named ? faultOf(textOf(body.name), textOf(body.message), status) : statusFault(answer);
    },
    get clock() {
      return clock.now;
    },
  };
};
