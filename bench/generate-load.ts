/**
 * The load, in a process of its own: `node bench/generate-load.ts '<json of Job>'`. Makes and signs its requests before
 * the clock starts, sends each once, prints a `Measured` as JSON.
 */

import { openClient } from './keep-alive-client.ts';
import type { Job, Measured } from './load.ts';
import { makeRequests } from './signed-requests.ts';

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const requests = await makeRequests(job);
const clients = await Promise.all(Array.from({ length: job.connections }, () => openClient(job.port)));
const latencies: number[] = [];
let next = 0;
let failed: string | undefined;
let bytes = 0;

const run = async (client: (typeof clients)[number], until: number): Promise<void> => {
  while (next < requests.length && performance.now() < until && failed === undefined) {
    const request = requests[next++];
    if (request === undefined) return;
    const began = performance.now();
    const { status, body } = await client.send(request);
    latencies.push(performance.now() - began);
    bytes = body.length;
    if (status !== job.status || !body.includes(job.expect)) failed = `${status} ${body.toString('utf8', 0, 500)}`;
  }
};

const began = performance.now();
await Promise.all(clients.map((client) => run(client, began + job.seconds * 1000)));
const seconds = (performance.now() - began) / 1000;
for (const client of clients) client.close();
if (failed !== undefined) throw new Error(`an answer was not what it must be: ${failed}`);

latencies.sort((left, right) => left - right);
const at = (part: number): number => latencies[Math.floor((latencies.length - 1) * part)] ?? 0;
const measured: Measured = {
  perSecond: latencies.length / seconds,
  p50: at(0.5),
  p99: at(0.99),
  requests: latencies.length,
  ranOut: next >= requests.length && seconds < job.seconds * 0.98,
  answerBytes: bytes,
};
console.log(JSON.stringify(measured));
