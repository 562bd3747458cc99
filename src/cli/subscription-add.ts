/** `dci-gateway subscriptions add`: some countries agree subscriptions on paper (PROTOCOL 8). */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegTypes } from '../dci/domains.ts';
import type { JsonNode } from '../dci/json-node.ts';
import { parseJson } from '../dci/json-parse.ts';
import type { SubscribeItem } from '../dci/subscribe-request.ts';
import { parseTimestamp } from '../dci/timestamps.ts';
import { connectUnsigned } from '../gateway/connect-upstreams.ts';
import { openRegistries } from '../gateway/open-registries.ts';
import { callbackUrl } from '../registry/callback-url.ts';
import { createKeyed } from '../registry/keyed.ts';
import { planSubscription, SubscriptionRefusal } from '../registry/plan-subscription.ts';
import { createPolicyOf } from '../registry/policy.ts';
import type { Registry } from '../registry/registry.ts';
import { storeSubscription } from '../registry/store-subscription.ts';
import { newSubscriptionCode } from '../registry/subscription-code.ts';
import { reviseSubscriptions } from '../registry/subscription-revision.ts';
import type { Partner } from '../security/partner.ts';
import type { Subscription } from '../store/async-documents.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';
import { knownPartners } from './known-partners.ts';
import { quietLog } from './quiet-log.ts';

export interface AddSubscriptionOptions {
  readonly event: string;
  readonly record?: string;
  /** What it is for; absent: the partner's default purpose. */
  readonly purpose?: string;
  /** JSON in any dialect; absent: everything. */
  readonly filter?: string;
  readonly frequency?: string;
  readonly start?: string;
  readonly end?: string;
  /** Absent: the partner's registered one; without either its events are read by status. */
  readonly url?: string;
}

const EVERYTHING = '{"type":"*","value":"*"}';
const DEPTH = 32;

/** With the partner's rights as they are: what it may not ask, the operator cannot subscribe it to. */
export const addSubscription = async (
  context: CommandContext,
  partnerId: string,
  registryId: string,
  options: AddSubscriptionOptions,
): Promise<void> => {
  const partner = await anyPartner(context, partnerId);
  const item = itemOf(options);
  const code = await withRegistry(context, registryId, (registry) =>
    subscribePartner(context, partner, registry, item, options.url),
  );
  context.out(
    `Subscription ${code._id} of partner ${partnerId} on ${registryId}: ${code.recordType} ${code.eventType}.`,
  );
  context.out(
    code.callbackUrl === undefined
      ? 'It has no callback address: the partner reads its events by status.'
      : `It is notified at ${code.callbackUrl}.`,
  );
};

/** On a registry that is open. */
export const subscribePartner = async (
  { store: { documents }, sealer, hmacKey, config, clock }: CommandContext,
  partner: Partner,
  registry: Registry,
  item: SubscribeItem,
  calling: string | undefined,
): Promise<Subscription> => {
  const { config: own } = registry;
  const now = clock();
  if (!partner.registries.has(own.id)) throw new CommandProblem(`Partner ${partner.id} has no rights on ${own.id}.`);
  const policyOf = createPolicyOf();
  const rightsFor = (purpose: string | undefined) => policyOf(partner, own, purpose).rights;
  const regTypes = createRegTypes(own.domain, own.regType, own.regTypes);
  const setting = { registry: own, regTypes, mapping: await registry.mapping(), rightsFor, limits: config.limits };
  try {
    const planned = planSubscription(item, { ...setting, settings: config.subscriptions, now });
    const code = newSubscriptionCode();
    const url = callbackUrl(partner, calling, 'notify', true);
    const added = { code, partner: partner.id, registry: own.id, item, planned, callbackUrl: url, now };
    const store = { documents, sealer, keyed: createKeyed(hmacKey) };
    const stored = await storeSubscription(added, config.subscriptions.perPartner, store);
    await reviseSubscriptions(documents, own.id, now);
    return stored;
  } catch (cause) {
    if (cause instanceof SubscriptionRefusal) throw new CommandProblem(`${cause.message} (${cause.code})`);
    throw cause;
  }
};

/** What the command's options say, as an item of a subscribe request. */
export const itemOf = (options: AddSubscriptionOptions): SubscribeItem => ({
  referenceId: 'operator',
  locale: undefined,
  regType: undefined,
  eventType: options.event,
  recordTypes: options.record === undefined ? [] : [options.record],
  purpose: options.purpose,
  filter: filterOf(options.filter ?? EVERYTHING),
  frequency: options.frequency,
  startAt: timeOf(options.start, '--start'),
  endAt: timeOf(options.end, '--end'),
  rejection: undefined,
});

const filterOf = (text: string): JsonNode => {
  try {
    return parseJson(text, { maxDepth: DEPTH }).root;
  } catch (cause) {
    throw new CommandProblem('--filter is not JSON.', { cause });
  }
};

const timeOf = (text: string | undefined, option: string): number | undefined => {
  if (text === undefined) return undefined;
  const time = parseTimestamp(text);
  if (time?.zoned === true) return time.at;
  throw new CommandProblem(`${option} must be a time with its zone: 2027-01-31T10:00:00Z.`);
};

/** Of the file or of the store. */
const anyPartner = async ({ config, store }: CommandContext, id: string): Promise<Partner> => {
  const found = (await knownPartners({ config, store })).get(id);
  if (found !== undefined) return found;
  throw new CommandProblem(`There is no partner ${id}. dci-gateway partner list shows them.`);
};

/** Beside a gateway that may be running: the plugin keeps its files elsewhere. */
const withRegistry = async <Result>(
  { config }: CommandContext,
  id: string,
  work: (registry: Registry) => Promise<Result>,
): Promise<Result> => {
  const registries = config.registries.filter((each) => each.id === id);
  if (registries.length === 0) throw new CommandProblem(`There is no registry ${id}.`);
  const folder = await mkdtemp(join(tmpdir(), 'dci-gateway-'));
  const alone = { ...config, registries, store: { ...config.store, folder } };
  const opened = await openRegistries({
    config: alone,
    log: quietLog,
    progress: () => undefined,
    connect: connectUnsigned(config, quietLog),
  });
  try {
    const [registry] = opened;
    if (registry === undefined) throw new CommandProblem(`There is no registry ${id}.`);
    return await work(registry);
  } finally {
    await Promise.all(opened.map((each) => each.close()));
    await rm(folder, { recursive: true, force: true });
  }
};
