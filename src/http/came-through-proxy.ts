import type { IncomingMessage } from 'node:http';

/** Headers that a proxy adds. */
const PROXY_HEADERS = [
  ...['x-forwarded-for', 'forwarded', 'via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto'],
  ...['cf-connecting-ip', 'true-client-ip', 'x-client-ip', 'x-original-forwarded-for'],
];

/** Whether the request came through a proxy, trusted or not. */
export const cameThroughProxy = ({ headers }: IncomingMessage): boolean =>
  PROXY_HEADERS.some((name) => headers[name] !== undefined);
