/**
 * A partner's receiver in a process of its own that answers as fast as it can: `PORT=… node bench/async/receiver.ts`. A GET
 * tells how many messages came, and when the first and the last of them did (milliseconds since 1970). `/reset` forgets them.
 */

import { createServer } from 'node:http';

const now = (): number => performance.timeOrigin + performance.now();
const ANSWER = Buffer.from('{"message":{"ack_status":"ACK"}}');

let arrivals: number[] = [];

createServer((request, response) => {
  if (request.method === 'GET') {
    const times = request.url === '/times' ? { times: arrivals } : {};
    response.end(JSON.stringify({ count: arrivals.length, first: arrivals[0], last: arrivals.at(-1), ...times }));
    if (request.url === '/reset') arrivals = [];
    return;
  }
  request.resume().on('end', () => {
    arrivals.push(now());
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length }).end(ANSWER);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
