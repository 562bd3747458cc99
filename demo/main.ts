/**
 * `npm run demo`: a gateway on a copy of the sample registry, a partner and its receiver, step by step in the terminal.
 * It ends by itself, with status 1 and what failed where something did.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCheckMessage } from '../src/cli/listen/check-message.ts';
import { startReceiver } from '../src/cli/listen/receiver.ts';
import { quietLog } from '../src/cli/quiet-log.ts';
import { loadConfig } from '../src/config/load.ts';
import { createGateway } from '../src/gateway.ts';
import { freePort } from './free-port.ts';
import { createInbox, type Inbox, InTimeProblem } from './inbox.ts';
import { type DemoFolder, demoFolder } from './own-registry.ts';
import { demoPartner } from './partner.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const step = (number: number, title: string): void => print(`\n\x1b[1m${number}. ${title}\x1b[0m`);
const now = (): string => new Date().toISOString();

/** The feed begins with what changes from its first look on: on a busy machine the first change may be before it. */
const FIRST_LOOK_MS = 3_000;
const NEW_NAMES = ['Mariana', 'Marina', 'Maribel'] as const;
const PATIENCE_MS = 15_000;

const demo = async (): Promise<void> => {
  await using cleanUp = new AsyncDisposableStack();
  const folder = cleanUp.use(demoFolder());
  const partner = demoPartner();
  const inbox = createInbox();

  step(1, 'A gateway starts on a copy of the sample registry, and a partner with its receiver');
  const port = await freePort();
  const receiverUrl = `http://127.0.0.1:${port}`;
  const config = await loadConfig({ file: folder.configure(partner.entry(receiverUrl), receiverUrl), env: {} });
  const gateway = await createGateway(config, { log: quietLog });
  cleanUp.defer(() => gateway.close());
  const { url } = await gateway.start();
  const receiver = await startReceiver({
    ...{ host: '127.0.0.1', port, answers: [], retryAfterSeconds: undefined, slowMs: 0, brief: false, print },
    check: await createCheckMessage({ jwksUrl: `${url}/.well-known/jwks.json` }, quietLog),
    onMessage: inbox.add,
  });
  cleanUp.defer(() => receiver.close(1_000));
  await partner.connect(url);
  print(`   gateway ${url}, receiver ${receiver.url}; the partner has its access token`);

  step(2, 'The partner searches, and is called back');
  const found = await partner.send('/search', 'search', {
    transaction_id: randomUUID(),
    search_request: [
      {
        reference_id: 'who-is-it',
        timestamp: now(),
        search_criteria: { query_type: 'idtype-value', query: { type: 'urn:gov:national-id', value: '12345678' } },
      },
    ],
  });
  print(`   acknowledged, correlation_id ${found.message.correlation_id}`);
  await inbox.next('on-search');

  step(3, 'It subscribes to changes of persons');
  const subscribed = await partner.send('/subscribe', 'subscribe', {
    transaction_id: randomUUID(),
    subscribe_request: [
      {
        reference_id: 'tell-me',
        timestamp: now(),
        subscribe_criteria: {
          reg_event_type: 'UPDATE',
          notify_record_type: 'Person',
          filter_type: 'idtype-value',
          filter: { type: 'urn:gov:national-id', value: '12345678' },
        },
      },
    ],
  });
  const code = subscribed.message.subscription_code;
  print(`   acknowledged, subscription ${code}`);
  await inbox.next('on-subscribe');

  step(4, 'In the registry someone’s name is corrected');
  await sleep(FIRST_LOOK_MS);
  await correctUntilTold(folder, inbox);

  step(5, 'It ends its subscription');
  const ending = { transaction_id: randomUUID(), timestamp: now(), subscription_codes: [code] };
  await partner.send('/unsubscribe', 'unsubscribe', ending);
  await inbox.next('on-unsubscribe');
};

const correctUntilTold = async (folder: DemoFolder, inbox: Inbox): Promise<void> => {
  let before = 'María';
  for (const name of NEW_NAMES) {
    folder.rename('P000001', before, name);
    print(`   a line of persons.csv was changed: ${before} is ${name}; the partner is notified`);
    before = name;
    try {
      const { message } = await inbox.next('notify', PATIENCE_MS);
      if (!JSON.stringify(message).includes(name)) throw new Error('the notification lacks the new name');
      return;
    } catch (cause) {
      if (!(cause instanceof InTimeProblem) || name === NEW_NAMES.at(-1)) throw cause;
    }
  }
};

const startedAt = performance.now();
demo().then(
  () => print(`\nAll of it worked, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`),
  (cause: unknown) => {
    process.stderr.write(
      `\nThe demo failed: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`,
    );
    process.exitCode = 1;
  },
);
