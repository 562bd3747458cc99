/** A partner: a system that may call the gateway (the standard's sender). */

import type { OutputPolicy } from '../dci/output/policy.ts';
import type { RegistryRights } from './rights.ts';

export type SignatureProfile = 'dci-spaced' | 'dci-compact' | 'dci-normalised' | 'jws' | 'jws-detached';

export const SIGNATURE_PROFILES: readonly SignatureProfile[] = [
  'dci-spaced',
  'dci-compact',
  'dci-normalised',
  'jws',
  'jws-detached',
];

/** How a secret is kept: `hmac` for those we made (256 random bits), `scrypt` for those a person typed into YAML. */
export type SecretHash =
  | { readonly kind: 'hmac'; readonly hash: string }
  | { readonly kind: 'scrypt'; readonly salt: string; readonly hash: string };

/** A public key the partner signs with. */
export interface PartnerKey {
  /** The middle part of `kidId="{sender_id}|{key_id}|{algorithm}"`, or a JWK's `kid`. */
  readonly keyId: string;
  readonly algorithm: 'ed25519' | 'rsa';
  /** As JWK; validated when it was registered. */
  readonly jwk: Readonly<Record<string, string>>;
  readonly source: 'pinned' | 'jwks';
  readonly active: boolean;
}

/** A public key that messages to the partner are encrypted for. It verifies nothing. */
export interface PartnerEncryptionKey {
  /** As the partner knows it: it stands as `kid` in what we send. */
  readonly keyId: string;
  /** The one algorithm it is used with. */
  readonly algorithm: 'RSA-OAEP-256' | 'ECDH-ES+A256KW';
  /** As JWK; validated when it was registered. */
  readonly jwk: Readonly<Record<string, string>>;
  readonly source: 'pinned' | 'jwks';
  readonly active: boolean;
}

export interface SignaturePolicy {
  /** What the partner's messages may be signed with. */
  readonly accept: readonly SignatureProfile[];
  /** What we sign for it with. */
  readonly send: SignatureProfile;
  readonly require: 'required' | 'optional';
  /** ISO date until which `optional` holds although a key is active. */
  readonly optionalUntil?: string;
  /** `answer`: the same content again is the same request. `refuse`: the same bytes are refused as well. */
  readonly replay: 'answer' | 'refuse';
}

export interface PartnerLimits {
  readonly perMinute: number;
  readonly perDay: number;
  readonly recordsPerDay: number;
  readonly identifiersPerDay: number;
  readonly concurrentSearches: number;
  /** Records that one search item may find at all, beyond it `rjct.search.too_many_records_found`. */
  readonly maxRecords?: number;
}

/** Where an access token for us comes from: client credentials (RFC 6749, 4.4). */
export interface ClientCredentials {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  /** How the credentials are sent. */
  readonly style: 'form' | 'json' | 'basic';
}

/** How callbacks reach a partner, beside its origins (PROTOCOL 4). */
export interface CallbackPolicy {
  /** Any origin may be called with answers to requests: for tests, never for subscriptions. */
  readonly any?: boolean;
  /** Where callbacks of requests without a sender_uri go. */
  readonly url?: string;
  /** `exact`: the URL as it is; `append`: `/on-search` and so on go behind it; `auto`: unless it ends with one. */
  readonly rule: 'auto' | 'exact' | 'append';
  /** Sent as `Authorization: Bearer`, to registered origins only, like the three below. Either it or `token`. */
  readonly bearer?: string;
  /** An access token of its issuing is fetched and sent in its place. */
  readonly token?: ClientCredentials;
  readonly headers?: Readonly<Record<string, string>>;
  /** Its origins may have private addresses, and so may its token endpoint. */
  readonly privateNetwork?: boolean;
}

export interface Partner {
  /** The operator's short name, and the label in logs and metrics: `health-ministry`. */
  readonly id: string;
  readonly name?: string;
  /** What the partner writes as `sender_id`. */
  readonly senderIds: readonly string[];
  readonly clientId: string;
  readonly secret: SecretHash | undefined;
  readonly active: boolean;
  /** Grows with every change; a cached token holds the version it was checked against. */
  readonly version: number;
  /** How often it was disabled: tokens from before stay dead when it is enabled again. Absent: never. */
  readonly revocations?: number;
  /** They verify what it signs. */
  readonly keys: readonly PartnerKey[];
  /** With one, nothing but refusals reaches it in clear; the first active one is used. Absent: none. */
  readonly encryptionKeys?: readonly PartnerEncryptionKey[];
  /** What it must do with the messages it sends. Absent: `optional`. */
  readonly encryption?: 'optional' | 'required';
  readonly jwksUrl?: string;
  readonly signature: SignaturePolicy;
  /** Overrides of the gateway's limits. */
  readonly limits: Partial<PartnerLimits>;
  /** Scopes it may be granted: `registry.search`; `'all'`. */
  readonly scopes: 'all' | readonly string[];
  /** By registry id. */
  readonly registries: ReadonlyMap<string, RegistryRights>;
  /** Callback origins: scheme, host, port. */
  readonly callbacks: readonly string[];
  /** Absent: `auto`, no default URL, no credentials. */
  readonly callback?: CallbackPolicy;
  /** How records are written for it. Absent: as the standard has them. No right: what is queued stays as it was written. */
  readonly output?: OutputPolicy;
  /** A demo partner: may be bound to registries marked `sample` only. */
  readonly demo: boolean;
  readonly source: 'config' | 'store';
}
