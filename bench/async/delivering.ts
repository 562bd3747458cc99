/** The half of a gateway that delivers, wired as the gateway wires it, on any store. */

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { DeliveriesConfig } from '../../src/config/config.ts';
import { chooseCrypto } from '../../src/gateway/signature-crypto.ts';
import { createDeliver } from '../../src/jobs/deliver.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import { createWaker } from '../../src/jobs/waker.ts';
import type { Log } from '../../src/log.ts';
import { createAttempt } from '../../src/registry/attempt-delivery.ts';
import { createEncryptOnce } from '../../src/registry/encrypt-once.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { deliverLane } from '../../src/registry/lane-names.ts';
import { draftEntry, insertions } from '../../src/registry/outbox.ts';
import { createRightsVersion } from '../../src/registry/rights-version.ts';
import { createSettle } from '../../src/registry/settle-delivery.ts';
import { createSealer } from '../../src/security/at-rest.ts';
import { createFindRecipient } from '../../src/security/encryption/ready-message.ts';
import { createOutbound } from '../../src/security/outbound/http-client.ts';
import type { Partner } from '../../src/security/partner.ts';
import { createSigner } from '../../src/security/signatures/sign.ts';
import { createSignReady } from '../../src/security/write-for.ts';
import { wakeOf } from '../../src/store/documents.ts';
import type { Store } from '../../src/store/store.ts';
import { envelope } from './envelope.ts';

export interface Delivering {
  readonly jobs: Jobs;
  readonly lane: string;
  /** Puts so many callbacks of a search with one record into the outbox. */
  fill(count: number): Promise<void>;
  close(): Promise<void>;
}

const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message, fields) => console.error(message, fields),
  error: (message, fields) => console.error(message, fields),
  child: () => log,
};

const TIMEOUT_MS = 10_000;
const DELIVERIES: DeliveriesConfig = {
  retryMs: [60_000],
  notifyLongestPauseMs: 900_000,
  pauseAfterMs: 432_000_000,
  refusals: 5,
  perEndpoint: 16,
  perPartner: 16,
};
const IN_ONE_WRITE = 50;

/** @param origin of the receiver */
export const openDelivering = async (store: Store, origin: string): Promise<Delivering> => {
  const { documents, lanes } = store;
  const clock = Date.now;
  const sealer = createSealer(randomBytes(32));
  const keyed = createKeyed(randomBytes(32));
  const rightsVersion = createRightsVersion();
  const partner = benchPartner(origin);
  const outbound = createOutbound(
    { timeoutMs: TIMEOUT_MS, allowOrigins: [origin], privateOrigins: [origin] },
    { keepAlive: true },
  );
  const signer = createSigner({
    ownKeys: makeKeys(),
    clock,
    config: {
      ...{ validitySeconds: 300, skewSeconds: 60, maxValiditySeconds: 3600, defaultProfile: 'dci-spaced' },
      ...{ placeholders: [], jwksMaxAgeSeconds: 3600 },
    },
    crypto: await chooseCrypto(undefined, log, () => false),
  });
  const findRecipient = createFindRecipient({ encryptionKey: async () => undefined });
  const deliver = createDeliver({
    ...{ documents, clock, monotonic: () => performance.now(), timeoutMs: TIMEOUT_MS },
    consentMs: 0,
    ...{ perEndpoint: DELIVERIES.perEndpoint, perPartner: DELIVERIES.perPartner },
    attempt: createAttempt({
      stillConsented: async ({ persons }: { readonly persons?: string | undefined }) => persons === undefined,
      documents,
      clock,
      log,
      partner: () => partner,
      rightsVersion,
      outbound,
      timeoutMs: TIMEOUT_MS,
      encryptOnce: createEncryptOnce({ documents, sealer, keyed, clock, findRecipient }),
      signReady: createSignReady(signer),
    }),
    settle: createSettle({ documents, clock, log, config: DELIVERIES, random: Math.random }),
  });
  const jobs = createWaker({ lanes, handlers: { deliver }, owner: randomUUID(), log });
  const url = `${origin}/dci/on-search`;
  const lane = deliverLane(partner.id, url);
  const draft = () =>
    draftEntry(
      {
        ...{ id: randomUUID(), kind: 'on-search', partner: partner.id, registry: 'social', messageId: randomUUID() },
        ...{ rightsVersion: rightsVersion(partner, 'social'), transaction: randomUUID(), count: 1, url, at: clock() },
        envelope: envelope(),
        confidential: false,
      },
      sealer,
      keyed,
    );
  return {
    jobs,
    lane,
    fill: async (count) => {
      for (let left = count; left > 0; left -= IN_ONE_WRITE) {
        const drafts = Array.from({ length: Math.min(left, IN_ONE_WRITE) }, draft);
        const wakes = left <= IN_ONE_WRITE ? [wakeOf(lane, 0)] : []; // with the last message, as whoever writes one does it
        await documents.apply([...drafts.flatMap(insertions), ...wakes]);
      }
    },
    close: async () => {
      await jobs.close();
      outbound.close();
    },
  };
};

const benchPartner = (origin: string): Partner => ({
  ...{ id: 'bench', senderIds: ['bench.example.org'], clientId: 'bench', secret: undefined, active: true, version: 1 },
  ...{ keys: [], limits: {}, scopes: 'all', callbacks: [origin], demo: false, source: 'store' },
  signature: { accept: ['dci-spaced'], send: 'dci-spaced', require: 'required', replay: 'answer' },
  registries: new Map([['social', { width: 'any', actions: 'all', records: new Map() }]]),
});

const makeKeys = () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const seedAndPoint = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]);
  return { signingKey: () => ({ keyId: 'k1', kid: 'bench|k1|ed25519', keyObject: privateKey, seedAndPoint }) };
};
