/** Starts the gateway. The only file, beside the command line's, that reads `process`. */

import { keepCompiled } from './compile-cache.ts';
import { plainProblem, StartProblem } from './gateway/start-problem.ts';

const DEFAULT_CONFIG = 'config/gateway.yaml';

const { env } = process;

const readPort = (text: string): number => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new StartProblem([`PORT is ${text}: write a number from 0 to 65535`]);
  return port;
};

const start = async (): Promise<void> => {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    throw new StartProblem([
      'NODE_TLS_REJECT_UNAUTHORIZED=0 switches off the check of every certificate: take it out of the environment',
    ]);
  }
  keepCompiled();
  const { loadConfig } = await import('./config/load.ts');
  const loaded = await loadConfig({ file: env.DCI_CONFIG ?? DEFAULT_CONFIG, env });
  const server = {
    ...loaded.server,
    // As in a shell, one that is empty is not set: an empty host would be every address.
    host: env.HOST || loaded.server.host,
    port: env.PORT ? readPort(env.PORT) : loaded.server.port,
  };
  const { createLog } = await import('./log/winston.ts');
  const log = createLog(loaded.log, process.stdout);
  const { createGateway } = await import('./gateway.ts'); // not before the configuration is known to be sound
  const gateway = await createGateway(
    { ...loaded, server },
    { log, production: env.NODE_ENV === 'production', progress: (line) => process.stderr.write(`${line}\n`) },
  );
  let closing: Promise<void> | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (closing !== undefined) return;
    log.info('gateway closes', { signal });
    closing = gateway.close().then(() => process.exit(0), failed('does not close in order'));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await gateway.start();
};

/** What the operator can mend is said plainly; anything else with its stack. */
const failed =
  (what: string) =>
  (cause: unknown): void => {
    const stack = cause instanceof Error ? cause.stack : undefined;
    process.stderr.write(`The gateway ${what}:\n${plainProblem(cause) ?? stack ?? String(cause)}\n`);
    process.exit(1);
  };

start().catch(failed('does not start'));
