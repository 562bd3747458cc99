import { type OutputPolicy, outputPolicy } from '../dci/output/policy.ts';
import type { FieldScopes } from '../security/field-scopes.ts';
import type { CallbackPolicy, SignatureProfile } from '../security/partner.ts';
import type { ConfiguredPartner } from './config.ts';
import type { KeysOfPartner } from './read-keys.ts';
import { readRights } from './read-rights.ts';
import type { RawPartner } from './schema/partners.ts';

/** What a partner's entry needs from the rest of the configuration, and its keys: already read, since one may lie in a file. */
export interface PartnerContext extends KeysOfPartner {
  readonly defaultProfile: SignatureProfile;
  /** Record types by registry, for `records: all`. */
  readonly recordTypes: ReadonlyMap<string, ReadonlySet<string>>;
  /** Scopes of fields by registry. */
  readonly scopes: ReadonlyMap<string, FieldScopes>;
}

/** A checked entry of `partners`. The secret stays text: whoever starts the gateway hashes it. */
export const readPartner = (id: string, raw: RawPartner, context: PartnerContext): Omit<ConfiguredPartner, 'at'> => ({
  secretText: raw.client_secret,
  partner: {
    id,
    ...(raw.name !== undefined && { name: raw.name }),
    senderIds: raw.sender_ids,
    clientId: raw.client_id,
    secret: undefined,
    active: raw.active,
    version: 1,
    keys: context.keys,
    encryptionKeys: context.encryptionKeys,
    encryption: raw.encryption,
    ...(raw.jwks_url !== undefined && { jwksUrl: raw.jwks_url }),
    signature: {
      accept: raw.signature.accept,
      send: raw.signature.send ?? context.defaultProfile,
      require: raw.signature.require,
      ...(raw.signature.optional_until !== undefined && { optionalUntil: raw.signature.optional_until }),
      replay: raw.signature.replay,
    },
    limits: readLimits(raw.limits),
    scopes: raw.scopes,
    registries: new Map(
      Object.entries(raw.registries).map(([registry, rights]) => [
        registry,
        readRights(rights, {
          recordTypes: context.recordTypes.get(registry) ?? [],
          scopes: context.scopes.get(registry) ?? new Map(),
        }),
      ]),
    ),
    callbacks: raw.callbacks === 'any' ? [] : raw.callbacks,
    callback: readCallback(raw),
    output: readOutput(raw),
    demo: raw.demo,
    source: 'config',
  },
});

const readCallback = ({ callbacks, callback }: RawPartner): CallbackPolicy => ({
  ...(callbacks === 'any' && { any: true }),
  ...(callback.url !== undefined && { url: callback.url }),
  rule: callback.rule,
  ...(callback.bearer !== undefined && { bearer: callback.bearer }),
  ...readToken(callback),
  ...(callback.headers !== undefined && { headers: callback.headers }),
  ...(callback.private_network && { privateNetwork: true }),
});

const readToken = (raw: RawPartner['callback']): Pick<CallbackPolicy, 'token'> => {
  const { token_url: url, client_id: clientId, client_secret: clientSecret, scope, token_style: style = 'form' } = raw;
  if (url === undefined || clientId === undefined || clientSecret === undefined) return {};
  return { token: { url, clientId, clientSecret, style, ...(scope !== undefined && { scope }) } };
};

/** Names for identifier types are given where they are wanted. */
const readOutput = ({ output: { profile, values, identifier_types: types } }: RawPartner): OutputPolicy =>
  outputPolicy({
    ...{ profile, values },
    ...(typeof types === 'string' && { identifierTypes: types }),
    ...(typeof types === 'object' && { typeNames: types }),
  });

const readLimits = (raw: RawPartner['limits']): ConfiguredPartner['partner']['limits'] => ({
  ...(raw.per_minute !== undefined && { perMinute: raw.per_minute }),
  ...(raw.per_day !== undefined && { perDay: raw.per_day }),
  ...(raw.records_per_day !== undefined && { recordsPerDay: raw.records_per_day }),
  ...(raw.identifiers_per_day !== undefined && { identifiersPerDay: raw.identifiers_per_day }),
  ...(raw.concurrent_searches !== undefined && { concurrentSearches: raw.concurrent_searches }),
  ...(raw.max_records !== undefined && { maxRecords: raw.max_records }),
});
