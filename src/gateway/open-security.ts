/** Keys, partners, tokens and signatures of one gateway. */

import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import { type AtRest, openSealer } from '../security/at-rest.ts';
import { type Confidential, createFindRecipient, type FindRecipient } from '../security/encryption/ready-message.ts';
import type { FieldScopes } from '../security/field-scopes.ts';
import { type OwnKeys, openOwnKeys } from '../security/keys/own-keys.ts';
import { createPartnerKeys } from '../security/keys/partner-keys.ts';
import { createOutbound } from '../security/outbound/http-client.ts';
import { createPartnerDirectory, type PartnerDirectory } from '../security/partner-directory.ts';
import { createSecrets, HASH_FUNCTIONS, type HashFunctions, type Secrets } from '../security/secrets.ts';
import type { SignatureCrypto } from '../security/signatures/crypto.ts';
import { createSigner } from '../security/signatures/sign.ts';
import { createVerifier, type Verifier } from '../security/signatures/verify.ts';
import { createTokenService, type TokenService } from '../security/tokens.ts';
import { createSignReady, createWriteFor, type SignReady, type WriteFor } from '../security/write-for.ts';
import type { Store } from '../store/store.ts';

export interface SecurityInput {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly crypto: SignatureCrypto;
  readonly slowHash?: HashFunctions['slow'] | undefined;
}

export interface Security extends AtRest {
  readonly ownKeys: OwnKeys;
  readonly secrets: Secrets;
  readonly directory: PartnerDirectory;
  readonly tokens: TokenService;
  readonly verifier: Verifier;
  readonly findRecipient: FindRecipient;
  readonly signReady: SignReady;
  readonly confidential: Confidential;
  readonly writeFor: WriteFor;
  /** To registries behind us, with none of which encryption was agreed: signed, in clear, whatever their key sets hold. */
  readonly writeUpstream: WriteFor;
}

/** Rejects when a key cannot be opened, two partners share a name, or the store does not answer. */
export const openSecurity = async ({
  config,
  store,
  clock,
  log,
  crypto,
  slowHash = HASH_FUNCTIONS.slow,
}: SecurityInput): Promise<Security> => {
  const { sealer, hmacKey } = await openSealer(config.store);
  const { signatures } = config;
  const ownKeys = await openOwnKeys({
    store: store.keys,
    sealer,
    clock,
    senderId: config.identity.id,
    jwksMaxAgeSeconds: signatures.jwksMaxAgeSeconds,
  });
  const secrets = createSecrets({ hmacKey, hash: { ...HASH_FUNCTIONS, slow: slowHash } });
  const scopes = new Map(config.registries.map((registry) => [registry.id, registry.scopes]));
  const scopesOf = (registry: string): FieldScopes => scopes.get(registry) ?? new Map();
  const directory = await createPartnerDirectory({ configured: config.partners, store, secrets, log, scopesOf });
  const partnerKeys = createPartnerKeys({ outbound: createOutbound(config.outbound), clock, log });
  const findRecipient = createFindRecipient(partnerKeys);
  const signReady = createSignReady(createSigner({ ownKeys, clock, config: signatures, crypto }));
  return {
    sealer,
    hmacKey,
    ownKeys,
    secrets,
    directory,
    tokens: createTokenService({ ownKeys, directory, config: config.tokens, clock }),
    verifier: createVerifier({ partnerKeys, clock, config: signatures, crypto }),
    confidential: async (id) => {
      const partner = directory.byId(id);
      return partner !== undefined && (await partnerKeys.hasEncryptionKey(partner));
    },
    ...{ findRecipient, signReady, writeFor: createWriteFor(findRecipient, signReady) },
    writeUpstream: createWriteFor(createFindRecipient({ encryptionKey: async () => undefined }), signReady),
  };
};
