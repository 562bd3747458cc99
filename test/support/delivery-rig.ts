/** Accepting, searching and delivering on a real SQLite store and real sockets, without HTTP in front. */

import { randomUUID } from 'node:crypto';
import type { DeliveriesConfig } from '../../src/config/config.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { createDeliver } from '../../src/jobs/deliver.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import { createRunTransactions } from '../../src/jobs/run-search.ts';
import { createSweepers } from '../../src/jobs/sweep.ts';
import { createWaker } from '../../src/jobs/waker.ts';
import { type Accept, type AcceptCall, createAccept } from '../../src/registry/accept.ts';
import { createAttempt } from '../../src/registry/attempt-delivery.ts';
import { createEncryptOnce } from '../../src/registry/encrypt-once.ts';
import { createFinish } from '../../src/registry/finish-transaction.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { createRightsVersion } from '../../src/registry/rights-version.ts';
import { createSettle } from '../../src/registry/settle-delivery.ts';
import { createTellStatus, type TellStatus } from '../../src/registry/status.ts';
import { createSealer } from '../../src/security/at-rest.ts';
import { createFindRecipient } from '../../src/security/encryption/ready-message.ts';
import { createPartnerKeys } from '../../src/security/keys/partner-keys.ts';
import { createOutbound } from '../../src/security/outbound/http-client.ts';
import type { Partner } from '../../src/security/partner.ts';
import { createNodeCrypto } from '../../src/security/signatures/crypto-node.ts';
import { createSigner } from '../../src/security/signatures/sign.ts';
import { createSignReady } from '../../src/security/write-for.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { contentOf, SCHEDULE } from './explored-flows.ts';
import { partnerOf } from './partners.ts';
import { recordedLog } from './recorded-log.ts';
import { rightsOf } from './rights.ts';
import { vectorPrivateKey } from './signature-vectors.ts';
import { signatureConfig } from './signing-partner.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface DeliveryRig extends AsyncDisposable {
  readonly store: Store;
  readonly jobs: Jobs;
  readonly tellStatus: TellStatus;
  readonly accept: Accept;
  /** Accepts a search whose callback goes to this origin. @returns its transaction_id */
  search(origin: string, changes?: Partial<AcceptCall>): Promise<string>;
  /** Partners as they are now; may be replaced at any time. */
  readonly partners: Map<string, Partner>;
  readonly lines: ReturnType<typeof recordedLog>['lines'];
}

export interface RigOptions {
  readonly origins: readonly string[];
  readonly partner?: Partial<Partner>;
  readonly schedule?: Partial<DeliveriesConfig>;
  readonly timeoutMs?: number;
  /** How often due lanes are looked for. */
  readonly everyMs?: number;
  /** What a search waits for. */
  readonly searching?: (transactionId: string) => Promise<void>;
}

const { x = '', d = '' } = vectorPrivateKey.export({ format: 'jwk' });
const ownKeys = {
  signingKey: () => ({
    keyId: 'k9',
    kid: 'gateway.example|k9|ed25519',
    keyObject: vectorPrivateKey,
    seedAndPoint: Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]),
  }),
};

export const rigPartner = (origins: readonly string[], changes: Partial<Partner> = {}): Partner =>
  partnerOf('health', {
    callbacks: origins,
    registries: new Map([['social', rightsOf({ Person: { fields: 'all' } })]]),
    ...changes,
  });

export const deliveryRig = async (options: RigOptions): Promise<DeliveryRig> => {
  const { origins, schedule = {}, timeoutMs = 2_000, everyMs = 20 } = options;
  const place = await temporaryFolder();
  const clock = Date.now;
  const store = await openSqliteStore({ folder: place.folder, clock });
  const { documents, lanes } = store;
  const { log, lines } = recordedLog();
  const sealer = createSealer(Buffer.alloc(32, 7));
  const health = rigPartner(origins, options.partner);
  const partners = new Map([[health.id, health]]);
  const partner = (id: string): Partner | undefined => partners.get(id);
  const rightsVersion = createRightsVersion();
  const wake = (lane: string): void => jobs.wake(lane);
  const senderId = 'gateway.example';
  const outbound = createOutbound({ timeoutMs, allowOrigins: origins, privateOrigins: origins }, { keepAlive: true });
  const partnerKeys = createPartnerKeys({ outbound, clock, log });
  const confidential = async (id: string): Promise<boolean> => {
    const found = partner(id);
    return found !== undefined && (await partnerKeys.hasEncryptionKey(found));
  };
  const keyed = createKeyed(Buffer.alloc(32));
  const searches = createRunTransactions({
    ...{
      documents,
      sealer,
      keyed,
      clock,
      log,
      partner,
      rightsVersion,
      timeoutMs: 10_000,
      lifetimeMs: 604_800_000,
      lookAgainMs: 100,
    },
    atOnce: () => 4,
    runners: {
      search: {
        run: async ({ transaction }) => {
          await options.searching?.(transaction.transactionId);
          return [contentOf(transaction.transactionId)];
        },
        refuse: (_work, { code }) => ({ ...contentOf(code), status: 'rjct' }),
      },
    },
    finisher: createFinish({ documents, sealer, keyed, clock, senderId, wake, confidential }),
  });
  const config: DeliveriesConfig = { ...SCHEDULE, ...schedule };
  const deliver = createDeliver({
    ...{ documents, clock, monotonic: () => performance.now(), timeoutMs, consentMs: 1_000, lookAgainMs: 100 },
    ...{ perEndpoint: config.perEndpoint, perPartner: config.perPartner },
    attempt: createAttempt({
      stillConsented: async ({ persons }: { readonly persons?: string | undefined }) => persons === undefined,
      ...{ documents, sealer, clock, log, partner, rightsVersion, outbound, timeoutMs },
      encryptOnce: createEncryptOnce({
        documents,
        sealer,
        keyed,
        clock,
        findRecipient: createFindRecipient(partnerKeys),
      }),
      signReady: createSignReady(createSigner({ ownKeys, clock, config: signatureConfig, crypto: createNodeCrypto() })),
    }),
    settle: createSettle({ documents, clock, log, config, random: Math.random }),
  });
  const jobs: Jobs = createWaker({
    ...{ lanes, handlers: { searches, deliver }, owner: randomUUID(), log },
    sweepers: createSweepers({ documents, lanes, clock }),
  });
  const accept = createAccept({ documents, sealer, clock, senderId, sameForMs: 3_600_000, wake });
  const timer = setInterval(() => void jobs.wakeDue(), everyMs);
  let count = 0;
  return {
    store,
    jobs,
    accept,
    partners,
    lines,
    tellStatus: createTellStatus({
      stillConsented: async ({ persons }: { readonly persons?: string | undefined }) => persons === undefined,
      documents,
      sealer,
      clock,
      rightsVersion,
      registry: () => undefined,
      mostRecords: 10_000,
    }),
    search: async (origin, changes = {}) => {
      count += 1;
      const transactionId = changes.transactionId ?? `t-${count}`;
      await accept({
        partner: partners.get('health') ?? health,
        registryId: 'social',
        operation: 'search',
        header: { messageId: `m-${count}`, senderId: 'health.example', senderUri: `${origin}/dci`, totalCount: 1 },
        message: parseJsonObject(JSON.stringify({ transaction_id: transactionId }), { maxDepth: 8 }).root,
        transactionId,
        correlationId: undefined,
        referenceIds: [`r-${count}`],
        replay: { expires: Date.now() + 300_000, contentDigest: `digest ${count}` },
        ...changes,
      });
      return transactionId;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await jobs.close();
      outbound.close();
      await store.close();
      await place[Symbol.asyncDispose]();
    },
  };
};
