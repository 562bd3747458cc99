/** Requests on one connection that are sent without waiting for answers (pipelining): few at a time, as nobody who serves people sends them. */

import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A piece of 64 KB holds a thousand short ones, which would all be worked on before anybody else's next one. */
const MOST_IN_LINE = 16;

/** The listener behind it is not told of more: the connection is ended. */
export const fewInLine = (listener: RequestListener): RequestListener => {
  const latest = new WeakMap<Socket, { readonly response: ServerResponse; readonly behind: number }>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return; // what was read before its end is handed over all the same
    const before = latest.get(socket);
    const behind = before === undefined || before.response.writableFinished ? 0 : before.behind + 1;
    latest.set(socket, { response, behind });
    if (behind < MOST_IN_LINE) listener(request, response);
    else socket.destroy();
  };
};
