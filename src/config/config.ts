/**
 * The configuration after it was loaded: checked, defaults filled in, durations in milliseconds, sizes in bytes.
 * Keys are camelCase here and snake_case in YAML. `config/gateway.yaml` documents each.
 */

import type { JsonNode } from '../dci/json-node.ts';
import type { FieldScopes } from '../security/field-scopes.ts';
import type { Partner, PartnerLimits, SignatureProfile } from '../security/partner.ts';
import type { LegalBasis } from '../security/rights.ts';
import type { LocatedYaml } from './source.ts';

export interface Config {
  readonly server: ServerConfig;
  readonly identity: IdentityConfig;
  readonly store: StoreConfig;
  readonly tokens: TokenConfig;
  readonly signatures: SignatureConfig;
  readonly outbound: OutboundConfig;
  readonly limits: LimitsConfig;
  readonly requests: RequestsConfig;
  readonly files: FilesConfig;
  readonly deliveries: DeliveriesConfig;
  readonly subscriptions: SubscriptionsConfig;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' };
  /** By partner id. Secrets that people typed are hashed by the loader's caller, hence `secretText`. */
  readonly partners: readonly ConfiguredPartner[];
  readonly registries: readonly RegistryConfig[];
  /** Folder of the configuration file. */
  readonly baseFolder: string;
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Metrics, readiness details, admin. Loopback by default. */
  readonly admin: { readonly host: string; readonly port: number };
  /** CIDRs of proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  readonly bodyLimitBytes: number;
  readonly bodyTimeoutMs: number;
  readonly shutdownMs: number;
}

export interface IdentityConfig {
  /** Our sender_id. */
  readonly id: string;
  /** `receiver_id`s we answer to; empty: any. */
  readonly receiverIds: readonly string[];
}

export interface StoreConfig {
  /** Folder of the embedded store, mode 0700. With `mongodb` it holds only what backends keep (copies of csv files). */
  readonly folder: string;
  readonly mongodb?: { readonly url: string; readonly database: string };
  /** 32 bytes, base64; absent: made at first start beside the store, 0600. Always there with `mongodb`. */
  readonly encryptionKey?: string;
  /** How long requests, deliveries, receipts and audit entries are kept. */
  readonly retentionMs: number;
}

export interface TokenConfig {
  readonly lifetimeSeconds: number;
  readonly issuer: string;
  readonly audience: string;
  readonly allowQueryCredentials: boolean;
}

export interface SignatureConfig {
  readonly validitySeconds: number;
  readonly skewSeconds: number;
  readonly maxValiditySeconds: number;
  readonly defaultProfile: SignatureProfile;
  /** Exact texts that count as unsigned for `optional` partners, beside the empty one. */
  readonly placeholders: readonly string[];
  readonly jwksMaxAgeSeconds: number;
}

export interface OutboundConfig {
  readonly timeoutMs: number;
  /** Allow http: and other ports than 443, by origin. */
  readonly allowOrigins: readonly string[];
  /** Origins whose private addresses may be connected. */
  readonly privateOrigins: readonly string[];
}

/** Asynchronous requests. */
export interface RequestsConfig {
  /** So long the same content of a partner is the same request. */
  readonly sameForMs: number;
  /** Longest time of one search. */
  readonly searchMs: number;
  /** How long one may wait for a registry that limits how often it is asked. */
  readonly answerWithinMs: number;
}

/** Searches by file. */
export interface FilesConfig {
  readonly maxBytes: number;
  /** Of a file that is an envelope: it is read and proved as a whole. */
  readonly maxJsonBytes: number;
  readonly maxRows: number;
  /** Within which a whole form has to arrive; a pause in it may be as long as that of another body. */
  readonly timeoutMs: number;
}

/** Messages that we send. */
export interface DeliveriesConfig {
  /** Pauses after a failed callback of a request; after the last one it is a dead letter. */
  readonly retryMs: readonly number[];
  /** Notifications are tried again after growing pauses up to this one. */
  readonly notifyLongestPauseMs: number;
  /** A subscription whose endpoint fails for so long is paused. */
  readonly pauseAfterMs: number;
  /** A notification that is answered with `ack_status: ERR` so often is a dead letter. */
  readonly refusals: number;
  /** Calls at once to one endpoint, and to one partner. */
  readonly perEndpoint: number;
  readonly perPartner: number;
}

export interface SubscriptionsConfig {
  /** Live ones of one partner. */
  readonly perPartner: number;
  /** How long one without an end lives. */
  readonly lifetimeMs: number;
  /** Of cron expressions. */
  readonly timezone: string;
  /** Of a registry whose changes were never read: with what changes from now on, or with all there is. */
  readonly begin: 'now' | 'all';
}

export interface LimitsConfig extends PartnerLimits {
  readonly redisUrl?: string;
  readonly replicas: number;
  readonly addressPerMinute: number;
  readonly failedTokensPerMinute: number;
  readonly syncItems: number;
  readonly asyncItems: number;
  /** Records that one asynchronous request may return, in parts of 1,000. */
  readonly asyncRecords: number;
  readonly identifiersPerList: number;
  readonly recordsPerAnswer: number;
  readonly pageSize: number;
  readonly maxPageSize: number;
  /** Counting stops here; an answer that would exceed it says so. */
  readonly countCap: number;
  readonly searchMs: number;
  readonly jsonDepth: number;
  readonly predicates: number;
  readonly treeNodes: number;
  readonly inValues: number;
  readonly graphqlBytes: number;
  readonly graphqlTokens: number;
}

/** A partner of the YAML. The secret is plain text there (or from the environment) and is hashed at start. */
export interface ConfiguredPartner {
  readonly partner: Partner;
  readonly secretText: string | undefined;
  /** `file:line:col` of what stands at this path below the partner, for what is found out later. */
  readonly at: (path: readonly (string | number)[]) => string;
}

/** A query by record type: only records that satisfy it are consented. */
export type ConsentRules = ReadonlyMap<string, JsonNode>;

export interface ConsentConfig {
  readonly notNeededFor: readonly LegalBasis[];
  readonly rules: ConsentRules;
  /** Instead of `rules`, by purpose. */
  readonly purposeRules: ReadonlyMap<string, ConsentRules>;
  /** Asked instead of the rules. */
  readonly service?: ConsentService;
}

/** A decision service: what is no explicit yes is a no, and without an answer nothing is answered. */
export interface ConsentService {
  readonly url: string;
  readonly bearer?: string;
  readonly timeoutMs: number;
  /** Persons in one question. */
  readonly batch: number;
  /** Records of one search, and persons in them, that it is asked about; a search that finds more is refused. */
  readonly most: number;
  /** So long a decision counts; 0: it is asked each time. */
  readonly cacheMs: number;
  /** Record types that stand for persons. */
  readonly records: readonly string[];
}

export type Domain = 'social' | 'crvs' | 'fr' | 'dr' | 'ibr';

export interface RegistryConfig {
  readonly id: string;
  readonly domain: Domain;
  /** Paths under which its endpoints lie: `/registry`, `/api/v2/dci/registry`. */
  readonly mounts: readonly string[];
  /** Sample data: demo partners may be bound to it. */
  readonly sample: boolean;
  /** Further spellings of reg_type. */
  readonly regTypes: readonly string[];
  /** What answers carry as reg_type. */
  readonly regType: string;
  readonly maxRecords?: number;
  /** Of a registry that pushes the keys of changed records. */
  readonly pushSecret?: string;
  /** Named sets of fields that rights on it refer to. */
  readonly scopes: FieldScopes;
  /** What a record must satisfy beside the question, for a yes at `/sync/disabled` and `/sync/enrolled`: a query in any dialect. */
  readonly yesWhen?: { readonly query: JsonNode; readonly at: string };
  /** Absent: nobody's consent is asked for. */
  readonly consent?: ConsentConfig;
  readonly backend: {
    readonly plugin: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly timezone?: string;
  };
  /** The `records` and `locations` sections as they stand, with their places in the file, for `mapping/`. */
  readonly mapping: LocatedYaml;
  /** Place of the `backend` section, so that a plugin's problems get file and line. */
  readonly backendSource: LocatedYaml;
}
