/** `dci-gateway partner add`: a new partner in the store, with a client id and a secret. */

import { refusalOf } from '../security/outbound/target.ts';
import type { Partner, PartnerLimits, SignatureProfile } from '../security/partner.ts';
import { normaliseScope } from '../security/scopes.ts';
import { hashMadeSecret, makeClientId, makeSecret } from '../security/secrets.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';
import type { EncryptionPolicy } from './partner-encryption.ts';
import { readPartnerKey } from './partner-keys.ts';

export interface AddPartnerOptions {
  /** What it writes as sender_id; several are possible. */
  readonly sender: readonly string[];
  readonly name?: string;
  /** Made when it is absent. */
  readonly clientId?: string;
  /** Origins. */
  readonly callback?: readonly string[];
  readonly jwksUrl?: string;
  readonly scope?: readonly string[];
  readonly accept?: readonly SignatureProfile[];
  readonly send?: SignatureProfile;
  readonly require?: 'required' | 'optional';
  /** `2027-06-30` */
  readonly optionalUntil?: string;
  readonly replay?: 'answer' | 'refuse';
  /** Of the messages it sends. */
  readonly encryption?: EncryptionPolicy;
  readonly limits?: Partial<PartnerLimits>;
  /** File with its public key (PEM or JWK), and the key's name in its signatures. */
  readonly key?: string;
  readonly keyId?: string;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const MAX_ID_CHARACTERS = 99; // PROTOCOL 2
const DCI_PROFILES = ['dci-spaced', 'dci-compact', 'dci-normalised'] as const;

/** Makes client id and secret and shows them this once. @throws CommandProblem, KeyProblem */
export const addPartner = async (context: CommandContext, id: string, options: AddPartnerOptions): Promise<void> => {
  const secret = makeSecret();
  const partner: Partner = {
    ...(await readOptions(context, options)),
    id,
    clientId: options.clientId ?? makeClientId(),
    secret: hashMadeSecret(secret, context.hmacKey),
  };
  refuseMistakes(partner);
  if (options.jwksUrl !== undefined) refuseUrl(context, options.jwksUrl);
  refuseShared(context, partner);
  if (!(await context.store.partners.insert(partner))) {
    throw new CommandProblem(
      `Another partner has the id ${id}, the client id ${partner.clientId} or one of these sender ids.`,
    );
  }
  context.out(`Partner ${id} was added. A running gateway knows it within five seconds.`);
  showSecret(context, partner.clientId, secret);
  if (partner.keys.length === 0 && partner.jwksUrl === undefined)
    context.out(`It has no key yet: dci-gateway partner set-key ${id} --help`);
  context.out(`It may do nothing yet: dci-gateway partner grant ${id} --help`);
};

export const showSecret = ({ out }: CommandContext, clientId: string, secret: string): void => {
  out(`client_id:     ${clientId}`);
  out(`client_secret: ${secret}`);
  out('The secret is shown this once; only a keyed hash of it is kept.');
};

const readOptions = async (
  context: CommandContext,
  options: AddPartnerOptions,
): Promise<Omit<Partner, 'id' | 'clientId' | 'secret'>> => ({
  senderIds: [...new Set(options.sender)],
  ...(options.name !== undefined && { name: options.name }),
  active: true,
  version: 1,
  keys: options.key === undefined ? [] : [await readPartnerKey(context, options.key, options.keyId)],
  ...(options.jwksUrl !== undefined && { jwksUrl: options.jwksUrl }),
  signature: {
    accept: options.accept ?? DCI_PROFILES,
    send: options.send ?? context.config.signatures.defaultProfile,
    require: options.require ?? 'required',
    ...(options.optionalUntil !== undefined && { optionalUntil: options.optionalUntil }),
    replay: options.replay ?? 'answer',
  },
  ...(options.encryption !== undefined && { encryption: options.encryption }),
  limits: options.limits ?? {},
  scopes: options.scope === undefined ? 'all' : options.scope.map(readScope),
  registries: new Map(),
  callbacks: options.callback ?? [],
  demo: false,
  source: 'store',
});

const readScope = (text: string): string => {
  const scope = normaliseScope(text);
  if (scope === undefined)
    throw new CommandProblem(`${text} is no scope: write registry.search, registry.subscribe, …`);
  return scope;
};

const refuseMistakes = ({ id, clientId, senderIds, callbacks, signature }: Partner): void => {
  if (!NAME.test(id))
    throw new CommandProblem(
      `${id} is no id: write small letters, digits, - and _ (at most 63), as in health-ministry.`,
    );
  for (const text of [clientId, ...senderIds]) {
    if (text === '' || text.length > MAX_ID_CHARACTERS)
      throw new CommandProblem('A client id or sender id has 1 to 99 characters.');
  }
  if (clientId.includes(':')) throw new CommandProblem('A client id has no colon: HTTP Basic could not carry it.');
  for (const origin of callbacks) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new CommandProblem(
        `${origin} is no origin: write scheme, host and port only, as in https://partner.example.org.`,
      );
    }
  }
  const { optionalUntil } = signature;
  if (
    optionalUntil !== undefined &&
    !(/^\d{4}-\d\d-\d\d$/.test(optionalUntil) && Number.isFinite(Date.parse(optionalUntil)))
  ) {
    throw new CommandProblem(`${optionalUntil} is no date: write 2027-06-30.`);
  }
};

/** @throws CommandProblem for an address that would not be fetched, as the configuration refuses it */
export const refuseUrl = ({ config }: CommandContext, text: string): void => {
  const reason = refusalOf(text, config.outbound);
  if (reason === undefined) return;
  throw new CommandProblem(
    `${text} would not be fetched: ${reason}. Write a public one on https and port 443, as in https://partner.example.org/jwks.json, or add its origin to outbound.allow_origins (a private address: to private_origins).`,
  );
};

/** The store does not know the partners of the configuration file. */
const refuseShared = ({ config }: CommandContext, partner: Partner): void => {
  for (const { partner: other } of config.partners) {
    const shared =
      other.id === partner.id ||
      other.clientId === partner.clientId ||
      other.senderIds.some((id) => partner.senderIds.includes(id));
    if (shared)
      throw new CommandProblem(`Partner ${other.id} of the configuration file has this id, client id or sender id.`);
  }
};
