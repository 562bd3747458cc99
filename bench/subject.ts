import { readFileSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { openClient } from './keep-alive-client.ts';
import type { Job } from './load.ts';
import { type Server, startServer } from './processes.ts';
import { makeRequests } from './signed-requests.ts';

/** What is measured in turn. */
export interface Subject {
  readonly name: string;
  readonly server: Server;
  readonly token: string;
}

export const startFloor = async (answerBytes: number): Promise<Subject> => ({
  name: 'floor',
  server: await startServer(['bench/floor.ts', String(answerBytes)], {}),
  token: 'none',
});

/** The least that an answer costs: what stands between the floor and the goals. */
export const startLeast = async (
  crypto: GatewayOptions['crypto'],
  registry: string,
  memory: string,
  publicKeyPem: string,
): Promise<Subject> => {
  for (const file of [memory, `${memory}-wal`, `${memory}-shm`]) rmSync(file, { force: true });
  const env = { CRYPTO: crypto, REGISTRY: registry, MEMORY: memory, PUBLIC_KEY: publicKeyPem };
  return { name: `least, ${crypto}`, server: await startServer(['bench/least.ts'], env), token: 'none' };
};

export interface GatewayOptions {
  readonly crypto: 'node' | 'sodium';
  readonly config: string;
  readonly stateFolder: string;
  readonly clientId: string;
  readonly secret: string;
}

/** The gateway as `npm start` starts it. */
export const startGateway = async (options: GatewayOptions): Promise<Subject> => {
  const imports = options.crypto === 'node' ? ['--import', './bench/without-sodium.ts'] : [];
  const server = await startServer([...imports, ...startArguments()], {
    DCI_CONFIG: options.config,
    STATE_FOLDER: options.stateFolder,
  });
  return { name: `gateway, ${options.crypto}`, server, token: await fetchToken(server.port, options) };
};

/** What the script `start` passes to node. */
const startArguments = (): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  return scripts.start.split(' ').slice(2); // exec node …
};

const fetchToken = async (port: number, { clientId, secret }: GatewayOptions): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${port}/oauth2/client/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret }),
  });
  const answer = (await response.json()) as { readonly access_token?: string };
  if (answer.access_token === undefined) throw new Error(`no token: ${response.status}`);
  return answer.access_token;
};

const PATIENCE_MS = 20_000;

/** The body of one answer, once the registry is ready. */
export const firstAnswer = async (job: Job): Promise<Buffer> => {
  const until = Date.now() + PATIENCE_MS;
  const client = await openClient(job.port);
  try {
    for (;;) {
      const [request] = await makeRequests({ ...job, requests: 1 });
      if (request === undefined) throw new Error('no request was made');
      const { status, body } = await client.send(request);
      if (status === job.status && body.includes(job.expect)) return body;
      if (Date.now() > until) throw new Error(`not ready: ${status} ${body.toString('utf8', 0, 500)}`);
      await setTimeout(100);
    }
  } finally {
    client.close();
  }
};
