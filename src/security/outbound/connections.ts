/** Connections of the outbound client. Agents of our own: the shared ones may have been told to use a proxy. */

import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';

export interface Connections {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  close(): void;
}

/** An idle connection is ended before most servers end it (5 s). */
const IDLE_MS = 4_000;
const IDLE_PER_HOST = 64;

/** @param keepAlive a connection may be used again, by calls whose checked addresses are those it was made with */
export const createConnections = (keepAlive: boolean): Connections => {
  const options = { keepAlive, maxFreeSockets: IDLE_PER_HOST, ...(keepAlive && { timeout: IDLE_MS }) };
  const http = new CheckedHttpAgent(options);
  const https = new CheckedHttpsAgent(options);
  return {
    http,
    https,
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
};

/** What the client put into the request's options. */
const checkedOf = (options: object | undefined): string =>
  options !== undefined && 'checked' in options ? String(options.checked) : '';

/** The name under which connections are kept; the addresses of a call are checked each time. */
class CheckedHttpAgent extends HttpAgent {
  override getName(options?: ClientRequestArgs): string {
    return `${super.getName(options)}|${checkedOf(options)}`;
  }
}

class CheckedHttpsAgent extends HttpsAgent {
  override getName(options?: RequestOptions): string {
    return `${super.getName(options)}|${checkedOf(options)}`;
  }
}
