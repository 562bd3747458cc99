/**
 * What a partner may do for the purpose that a request names: its rights narrowed to the purpose, and who decides about
 * consent. Everything after it (queries, views, notifications, versions) works with these rights alone.
 */

import type { ConsentConfig } from '../config/config.ts';
import type { Enforced } from '../dci/enforced.ts';
import type { JsonNode } from '../dci/json-node.ts';
import { GatewayError } from '../errors.ts';
import type { Partner } from '../security/partner.ts';
import { fillPlaceholders } from '../security/placeholders.ts';
import type { Allowed, NarrowedRecord, PurposeRights, RecordRights, RegistryRights } from '../security/rights.ts';

export interface Policy {
  /** For this purpose. */
  readonly rights: RegistryRights;
  readonly purpose: string | undefined;
  readonly consent: Enforced['consent'];
  /** Record types whose consent a service is asked for. */
  readonly asks: ReadonlySet<string> | undefined;
  /** Record types whose consent somebody decides about, by whatever way; undefined: no consent is needed. */
  readonly persons: ReadonlySet<string> | undefined;
  /** Undefined: there is nothing to be told. */
  readonly enforced: Enforced | undefined;
  /** Tells it from others of the same rights of the same partner. */
  readonly key: string;
}

/** @throws GatewayError `request.forbidden`: no rights on the registry, a purpose that is not the partner's, none where one is needed */
export type PolicyOf = (
  partner: Partner,
  registry: { readonly id: string; readonly consent?: ConsentConfig | undefined },
  purpose: string | undefined,
) => Policy;

/** Each is made once for the rights it follows from. */
export const createPolicyOf = (): PolicyOf => {
  const known = new WeakMap<RegistryRights, Map<string, Policy>>();
  return (partner, registry, named) => {
    const rights = partner.registries.get(registry.id);
    if (rights === undefined) throw new GatewayError('request.forbidden');
    const purpose = purposeFor(rights, named, registry.consent);
    const made = known.get(rights) ?? new Map<string, Policy>();
    known.set(rights, made);
    const key = JSON.stringify([partner.id, registry.id, purpose?.name]);
    const policy = made.get(key) ?? makePolicy(rights, purpose, partner, registry.consent);
    made.set(key, policy);
    return policy;
  };
};

/** What the partner is answered under; undefined of one that lost what it asked for. */
export const enforcedOn = (
  partner: Partner,
  registry: Parameters<PolicyOf>[1],
  purpose: string | undefined,
  policyOf: PolicyOf,
): Enforced | undefined => {
  try {
    return policyOf(partner, registry, purpose).enforced;
  } catch (cause) {
    if (cause instanceof GatewayError && cause.code === 'request.forbidden') return undefined;
    throw cause;
  }
};

interface NamedPurpose extends PurposeRights {
  readonly name: string;
}

/** A purpose that is unknown, or another's, reads like any right that is missing. */
const purposeFor = (
  { purposes, defaultPurpose }: RegistryRights,
  named: string | undefined,
  consent: ConsentConfig | undefined,
): NamedPurpose | undefined => {
  if (purposes === undefined || purposes.size === 0) {
    if (consent === undefined) return undefined;
    throw new GatewayError('request.forbidden', {
      detail: 'the registry asks for consent, the partner has no purpose',
    });
  }
  const name = named ?? defaultPurpose;
  const purpose = name === undefined ? undefined : purposes.get(name);
  if (name === undefined || purpose === undefined)
    throw new GatewayError('request.forbidden', { detail: 'purpose not allowed' });
  return { ...purpose, name };
};

const makePolicy = (
  rights: RegistryRights,
  purpose: NamedPurpose | undefined,
  partner: Partner,
  consent: ConsentConfig | undefined,
): Policy => {
  const scopes = [...new Set([...(rights.scopes ?? []), ...(purpose?.scopes ?? [])])]; // both hold
  if (purpose === undefined) {
    const enforced = { purpose: undefined, legalBasis: undefined, consent: 'none', scopes } as const;
    return {
      rights,
      purpose: undefined,
      consent: 'none',
      asks: undefined,
      persons: undefined,
      enforced: scopes.length > 0 ? enforced : undefined,
      key: '',
    };
  }
  const { name, basis } = purpose;
  const needed = consent === undefined ? basis === 'consent' : !consent.notNeededFor.includes(basis);
  const asks = needed && consent?.service !== undefined ? new Set(consent.service.records) : undefined;
  const rules = needed && asks === undefined ? rulesFor(name, consent, partner) : undefined;
  const decided = asks !== undefined ? 'service' : rules !== undefined ? 'rule' : 'none';
  return {
    rights: {
      ...narrowed(rights, purpose),
      ...(rules !== undefined && { consent: rules }),
      ...(asks !== undefined && { asks }),
    },
    purpose: name,
    consent: decided,
    asks,
    persons: asks ?? (rules && new Set(rules.keys())),
    enforced: { purpose: name, legalBasis: basis, consent: decided, scopes },
    key: JSON.stringify([name, decided !== 'none' ? partner.id : '']),
  };
};

/** Where consent is needed and nobody was told how to decide, nothing may be done. */
const rulesFor = (
  name: string,
  consent: ConsentConfig | undefined,
  partner: Partner,
): ReadonlyMap<string, JsonNode> => {
  const rules = consent?.purposeRules.get(name) ?? consent?.rules;
  if (rules === undefined || rules.size === 0)
    throw new GatewayError('request.forbidden', { detail: 'nothing says how consent is decided' });
  return new Map(
    [...rules].map(([type, rule]) => [type, fillPlaceholders(rule, { purpose: name, partner: partner.id })]),
  );
};

const narrowed = (rights: RegistryRights, { records }: PurposeRights): RegistryRights => {
  if (records === undefined) return rights;
  const both = [...rights.records].flatMap(([type, record]) => {
    const narrower = records.get(type);
    return narrower === undefined ? [] : [[type, narrowedRecord(record, narrower)] as const];
  });
  return { ...rights, records: new Map(both) };
};

const narrowedRecord = (record: RecordRights, narrower: NarrowedRecord): RecordRights => ({
  ...record,
  fields: common(record.fields, narrower.fields, pathOfBoth),
  attributes: common(record.attributes, narrower.attributes, pathOfBoth),
  identifierTypes: common(record.identifierTypes, narrower.identifierTypes, (left, right) =>
    left === right ? left : undefined,
  ),
  ...(narrower.rows !== undefined && { purposeRows: narrower.rows }),
});

const common = (
  left: Allowed,
  right: Allowed | undefined,
  both: (left: string, right: string) => string | undefined,
): Allowed => {
  if (right === undefined || right === 'all') return left;
  if (left === 'all') return right;
  return [...new Set(left.flatMap((one) => right.flatMap((other) => both(one, other) ?? [])))];
};

/** Of two paths the one that lies within the other. */
const pathOfBoth = (left: string, right: string): string | undefined => {
  if (left === right || left.startsWith(`${right}.`)) return left;
  return right.startsWith(`${left}.`) ? right : undefined;
};
