import type { Config } from '../config.ts';
import { deliveriesSection, type RawDeliveries } from './deliveries.ts';
import { filesSection, type RawFiles } from './files.ts';
import { identitySection, type RawIdentity } from './identity.ts';
import { limitsSection, type RawLimits } from './limits.ts';
import { logSection, type RawLog } from './log.ts';
import { outboundSection, type RawOutbound } from './outbound.ts';
import { partnersSchema, type RawPartner } from './partners.ts';
import { type RawRegistry, registriesSchema } from './registries.ts';
import { type RawRequests, requestsSection } from './requests.ts';
import { keys } from './section.ts';
import { type RawServer, serverSection } from './server.ts';
import { type RawSignatures, signaturesSection } from './signatures.ts';
import { type RawStore, storeSection } from './store.ts';
import { type RawSubscriptions, subscriptionsSection } from './subscriptions.ts';
import { type RawTokens, tokensSection } from './tokens.ts';

/** The file after the schema passed and filled in the defaults. */
export interface RawConfig {
  readonly server: RawServer;
  readonly identity: RawIdentity;
  readonly store: RawStore;
  readonly tokens: RawTokens;
  readonly signatures: RawSignatures;
  readonly outbound: RawOutbound;
  readonly limits: RawLimits;
  readonly requests: RawRequests;
  readonly files: RawFiles;
  readonly deliveries: RawDeliveries;
  readonly subscriptions: RawSubscriptions;
  readonly log: RawLog;
  readonly partners: Readonly<Record<string, RawPartner>>;
  readonly registries: Readonly<Record<string, RawRegistry>>;
}

/** The whole file, a section a key. */
export const rootSchema = keys(
  {
    server: serverSection.schema,
    identity: identitySection.schema,
    store: storeSection.schema,
    tokens: tokensSection.schema,
    signatures: signaturesSection.schema,
    outbound: outboundSection.schema,
    limits: limitsSection.schema,
    requests: requestsSection.schema,
    files: filesSection.schema,
    deliveries: deliveriesSection.schema,
    subscriptions: subscriptionsSection.schema,
    log: logSection.schema,
    partners: partnersSchema,
    registries: registriesSchema,
  },
  ['registries'],
);

/** What each section's module works with. Partners and registries need more than their section and are read by themselves. */
export const readSections = (
  raw: RawConfig,
  baseFolder: string,
): Omit<Config, 'partners' | 'registries' | 'baseFolder'> => {
  const context = { baseFolder, ourId: raw.identity.id };
  return {
    server: serverSection.read(raw.server, context),
    identity: identitySection.read(raw.identity, context),
    store: storeSection.read(raw.store, context),
    tokens: tokensSection.read(raw.tokens, context),
    signatures: signaturesSection.read(raw.signatures, context),
    outbound: outboundSection.read(raw.outbound, context),
    limits: limitsSection.read(raw.limits, context),
    requests: requestsSection.read(raw.requests, context),
    files: filesSection.read(raw.files, context),
    deliveries: deliveriesSection.read(raw.deliveries, context),
    subscriptions: subscriptionsSection.read(raw.subscriptions, context),
    log: logSection.read(raw.log, context),
  };
};
