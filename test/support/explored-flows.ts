/** The asynchronous flows on an explored store: what reaches the outside is an effect, everything else is as in the gateway. */

import type { DeliveriesConfig } from '../../src/config/config.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { createDeliver } from '../../src/jobs/deliver.ts';
import type { LaneHandlers, Sweeper } from '../../src/jobs/jobs.ts';
import { runLane } from '../../src/jobs/lane.ts';
import { createRunFiles } from '../../src/jobs/run-file.ts';
import { createRunTransactions } from '../../src/jobs/run-search.ts';
import { createSweepers } from '../../src/jobs/sweep.ts';
import { type AcceptCall, createAccept } from '../../src/registry/accept.ts';
import { createAttempt } from '../../src/registry/attempt-delivery.ts';
import { createEncryptOnce } from '../../src/registry/encrypt-once.ts';
import type { FileRunner } from '../../src/registry/files/file-runner.ts';
import { createFinish } from '../../src/registry/finish-transaction.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { deliverLane } from '../../src/registry/lane-names.ts';
import { draftEntry, insertions } from '../../src/registry/outbox.ts';
import { createRightsVersion } from '../../src/registry/rights-version.ts';
import { createSettle } from '../../src/registry/settle-delivery.ts';
import { createTellStatus } from '../../src/registry/status.ts';
import type { CallbackContent, TransactionRunner } from '../../src/registry/transaction-work.ts';
import type { EncryptionKey } from '../../src/security/encryption/encrypt.ts';
import { createFindRecipient } from '../../src/security/encryption/ready-message.ts';
import type { OutboundAnswer } from '../../src/security/outbound/http-client.ts';
import type { Partner } from '../../src/security/partner.ts';
import { type Operation, SUBSCRIPTIONS, type Transaction } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { wakeOf } from '../../src/store/documents.ts';
import type { Actor } from './explore.ts';
import type { World } from './explored-store.ts';
import { createTestSealer } from './memory-keys.ts';
import { partnerOf } from './partners.ts';
import { rightsOf } from './rights.ts';
import { silentLog } from './signing-partner.ts';

export const LEASE_MS = 30_000;

export const PARTNER: Partner = partnerOf('health', {
  callbacks: ['https://health.example'],
  registries: new Map([['social', rightsOf({ Person: { fields: 'all' } })]]),
});

export const SCHEDULE: DeliveriesConfig = {
  retryMs: [60_000, 120_000, 240_000],
  notifyLongestPauseMs: 900_000,
  pauseAfterMs: 432_000_000,
  refusals: 5,
  perEndpoint: 2,
  perPartner: 4,
};

export interface Sent {
  readonly url: string;
  readonly messageId: string;
  readonly attempt: number;
  readonly body: string;
}

export interface FlowOptions {
  readonly partner?: () => Partner | undefined;
  /** Of the partner, now. */
  readonly encryptionKey?: () => EncryptionKey | undefined;
  /** What the receiver answers to this call: a status, or one with a body. */
  readonly answer?: (sent: Sent, world: World) => number | { readonly status: number; readonly body: string };
  /** What a search finds, by its start. */
  readonly search?: (starts: number, transaction: Transaction) => readonly CallbackContent[];
  /** What a part of a file finds, by its start. */
  readonly part?: (part: number, starts: number, world: World) => CallbackContent;
  /** In place of one whose parts are made by a search each. */
  readonly fileRunner?: FileRunner;
  /** Beside the search's. */
  readonly runners?: Readonly<Partial<Record<Operation, TransactionRunner>>>;
  /** Beside the sweeps of requests and messages. */
  readonly sweepers?: readonly Sweeper[];
  /** Lanes beside those of requests, files and messages. */
  readonly handlers?: LaneHandlers;
}

export interface Flows {
  accept(changes?: Partial<AcceptCall>): Promise<string>;
  /** Of the transaction that `accept` makes unless told otherwise. */
  status(): Promise<CallbackContent>;
  readonly handlers: LaneHandlers;
  /** The lane as a worker of its own would run it. */
  run(lane: string): Promise<void>;
  /** What heals: sweeps and wakes until nothing is due, moving the clock to what is due later. */
  settle(): Promise<void>;
  /** The same without a sweep: what no wake-up tells of stays undone. */
  settleWoken(): Promise<void>;
}

export const contentOf = (name: string): CallbackContent => ({
  status: 'succ',
  totalCount: 1,
  completedCount: 1,
  message: { name },
  audited: {
    ...{ partner: 'health', registry: 'social', action: 'async-search', outcome: name, count: 1 },
    ...{ identifiers: [], transaction: 't-1' },
  },
  count: 1,
});

const keyed = createKeyed(Buffer.alloc(32));

const DIGEST = 'd'.repeat(64);

export const callOf = (changes: Partial<AcceptCall> = {}): AcceptCall => ({
  partner: PARTNER,
  registryId: 'social',
  operation: 'search',
  header: { messageId: 'm-1', senderId: 'health.example', senderUri: 'https://health.example/dci', totalCount: 1 },
  message: parseJsonObject('{"transaction_id":"t-1"}', { maxDepth: 8 }).root,
  transactionId: 't-1',
  correlationId: undefined,
  referenceIds: ['r-1'],
  replay: { expires: 2_000_000, contentDigest: DIGEST },
  ...changes,
});

/** @param worker makes its ids */
export const flowsOf = (actor: Actor, world: World, worker: string, options: FlowOptions = {}): Flows => {
  const { documents, lanes } = actor;
  const { part = (n) => contentOf(`part-${n}`) } = options;
  const { encryptionKey = () => undefined } = options;
  const { search = () => [contentOf('found')], answer = () => 200, partner = () => PARTNER } = options;
  const clock = actor.now;
  const sealer = createTestSealer();
  const rightsVersion = createRightsVersion();
  const wake = (): void => undefined;
  let made = 0;
  const accept = createAccept({
    ...{ documents, sealer, clock, wake, senderId: 'gateway.example', sameForMs: 3_600_000 },
    newId: () => {
      made += 1;
      return `${worker}-${made}`;
    },
  });
  const runner: TransactionRunner = {
    run: async ({ transaction }) => {
      await actor.effect('search', () => void world.effects.push({ search: transaction._id }));
      return search(transaction.starts, transaction);
    },
    refuse: (_work, problem) => ({ ...contentOf(problem.code), status: 'rjct' }),
  };
  const running = {
    ...{
      documents,
      sealer,
      keyed,
      clock,
      partner,
      rightsVersion,
      log: silentLog,
      timeoutMs: 10_000,
      lifetimeMs: 604_800_000,
    },
    finisher: createFinish({
      documents,
      sealer,
      clock,
      wake,
      keyed,
      senderId: 'gateway.example',
      confidential: async () => encryptionKey() !== undefined,
    }),
  };
  const searches = createRunTransactions({
    ...running,
    atOnce: () => 1,
    runners: { search: runner, ...options.runners },
  });
  const fileRunner: FileRunner = {
    run: async ({ transaction, part: n, mayGoOn }) => {
      if (!(await mayGoOn())) return undefined;
      return actor.effect('search', () => {
        world.effects.push({ search: `${transaction._id} ${n}` });
        return part(n, transaction.starts, world);
      });
    },
    refuse: ({ part: n }, problem) => ({ ...contentOf(`part-${n} ${problem.code}`), status: 'rjct' }),
  };
  const files = createRunFiles({ ...running, runner: options.fileRunner ?? fileRunner });
  const deliver = createDeliver({
    ...{
      documents,
      clock,
      monotonic: clock,
      timeoutMs: 10_000,
      consentMs: 5_000,
      perEndpoint: 2,
      perPartner: 4,
      gatherMs: 0,
    },
    attempt: createAttempt({
      stillConsented: async ({ persons }: { readonly persons?: string | undefined }) => persons === undefined,
      ...{ documents, sealer, clock, partner, rightsVersion, log: silentLog, timeoutMs: 10_000 },
      encryptOnce: createEncryptOnce({
        ...{ documents, sealer, keyed, clock },
        findRecipient: createFindRecipient({ encryptionKey: async () => encryptionKey() }),
        encrypt: async (text, { fingerprint }) => {
          made += 1;
          return encryptedAs(text, `${worker}-${made}-${fingerprint}`);
        },
      }),
      signReady: async ({ content }) => String(content),
      outbound: {
        fetch: (url, request) =>
          actor.effect('post', (): OutboundAnswer => {
            const sent: Sent = {
              url,
              messageId: String(request?.headers?.['x-delivery-id']),
              attempt: Number(request?.headers?.['x-delivery-attempt']),
              body: String(request?.body),
            };
            const answered = answer(sent, world);
            const { status, body } = typeof answered === 'number' ? { status: answered, body: '' } : answered;
            world.effects.push({ ...sent, status });
            return { status, headers: {}, body: Buffer.from(body) };
          }),
      },
    }),
    settle: createSettle({ documents, clock, config: SCHEDULE, log: silentLog, random: () => 0 }),
  });
  const tellStatus = createTellStatus({
    stillConsented: async ({ persons }: { readonly persons?: string | undefined }) => persons === undefined,
    documents,
    sealer,
    clock,
    rightsVersion,
    registry: () => undefined,
    mostRecords: 10_000,
  });
  const handlers: LaneHandlers = { searches, files, deliver, ...options.handlers };
  const setting = {
    ...{ lanes, owner: worker, leaseMs: LEASE_MS, monotonic: clock, log: silentLog },
    closing: new AbortController().signal,
  };
  const run = async (lane: string): Promise<void> => {
    const handler = handlers[lane.slice(0, lane.indexOf(':')) as keyof LaneHandlers];
    if (handler !== undefined) await runLane(setting, lane, handler);
  };
  const comeToRest = async (sweepers: readonly Sweeper[]): Promise<void> => {
    for (let round = 0; round < 50; round++) {
      for (const sweeper of sweepers) await sweeper();
      for (const lane of await lanes.due(100)) await run(lane);
      const next = await lanes.nextDueInMs();
      if (next === undefined) return;
      world.now += Math.max(next, LEASE_MS);
    }
    throw new Error('it does not come to rest');
  };
  return {
    accept: async (changes) => JSON.stringify(await accept(callOf(changes))),
    handlers,
    run,
    status: () =>
      tellStatus({
        partner: PARTNER,
        registryId: 'social',
        request: {
          ...{ transactionId: 's-1', correlationId: undefined, referenceId: '', txnType: undefined },
          ...{ attribute: 'transaction_id', values: ['t-1'] },
        },
        correlationId: 'c',
      }),
    settle: async () => {
      world.now += LEASE_MS; // a worker that was killed has its lease until then
      await comeToRest([...createSweepers({ documents, lanes, clock, graceMs: 0 }), ...(options.sweepers ?? [])]);
    },
    settleWoken: () => comeToRest([]),
  };
};

/** Not encrypted at all, but in that form; every making says something else. */
const encryptedAs = (text: string, ciphertext: string): string => {
  const { header } = JSON.parse(text) as { readonly header: object };
  return JSON.stringify({ header, message: { ciphertext } });
};

export const SUB = 'SUB-1';

/** A live subscription of the partner. */
export const subscribed = async ({ documents }: Pick<Actor, 'documents'>, world: Pick<World, 'now'>): Promise<void> => {
  const at = world.now;
  await documents.insert(SUBSCRIPTIONS, {
    ...{ _id: SUB, version: 1, partner: PARTNER.id, registry: 'social', live: true, eventType: 'UPDATE' },
    ...{
      changes: ['updated'],
      recordType: 'Person',
      request: '',
      match: '*',
      endAt: at * 2,
      createdAt: at,
      changedAt: at,
    },
  });
};

/** One of its notifications, due now, its lane woken. */
export const notification = async (
  { documents }: Pick<Actor, 'documents'>,
  world: Pick<World, 'now'>,
  seq: number,
  confidential = false,
): Promise<void> => {
  const drafted = draftEntry(
    {
      ...{ id: K(SUB, seq), kind: 'notify', partner: PARTNER.id, registry: 'social', sub: SUB, seq, count: 1 },
      rightsVersion: createRightsVersion()(PARTNER, 'social'),
      messageId: `n-${seq}`,
      envelope: {
        header: {
          ...{ message_id: `n-${seq}`, action: 'notify' },
          meta: { subscription_code: SUB, sequence_number: seq },
        },
        message: { notify_event: [{ data: { reg_records: { name: { given_name: `person ${seq}` } } } }] },
      },
      url: 'https://health.example/notify',
      at: world.now,
      confidential,
    },
    createTestSealer(),
    keyed,
  );
  await documents.apply([...insertions(drafted), wakeOf(deliverLane(PARTNER.id, 'https://health.example'), 0)]);
};
