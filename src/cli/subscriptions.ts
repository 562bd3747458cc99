/** `dci-gateway subscriptions`: what partners are told of, and rows that could not be told. */

import type { Command } from 'commander';
import { cancelPending } from '../registry/cancel-pending.ts';
import { endedSubscription } from '../registry/store-subscription.ts';
import { reviseSubscriptions } from '../registry/subscription-revision.ts';
import { EVENTS, OUTBOX, SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import { type CommandContext, CommandProblem, type MakeContext } from './command-context.ts';
import { setPaused } from './deliveries.ts';
import { listQuarantine, retryQuarantine } from './quarantine.ts';
import { type AddSubscriptionOptions, addSubscription } from './subscription-add.ts';
import { CONFIG_OPTION } from './terminal.ts';

type WithConfig<T> = T & { readonly config?: string };

export const registerSubscriptionCommands = (program: Command, makeContext: MakeContext): void => {
  const group = program.command('subscriptions').description('what partners are told of');
  const command = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option(...CONFIG_OPTION);
  command('add', 'subscribes a partner, as it was agreed on paper')
    .argument('<partner>')
    .argument('<registry>')
    .requiredOption('--event <name>', 'REGISTER, UPDATE, DELETE, DEATH, …, or "*"')
    .option('--record <type>', 'Person, Group, …')
    .option('--purpose <name>', "what it is for; the partner's default purpose unless given")
    .option('--filter <query>', 'which records, as JSON in any dialect; all of them unless given')
    .option('--frequency <cron>', 'collects events and sends them at these times; at once unless given')
    .option('--start <time>', 'tells nothing before: 2027-01-31T10:00:00Z')
    .option('--end <time>', 'ends then')
    .option('--url <url>', 'where to call, within its registered origins; its registered address unless given')
    .action((partner: string, registry: string, options: WithConfig<AddSubscriptionOptions>) =>
      makeContext(options.config, (context) => addSubscription(context, partner, registry, options)),
    );
  command('list', 'shows the live subscriptions')
    .option('--partner <id>', 'of one partner')
    .option('--ended', 'those that ended instead')
    .action((options: WithConfig<ListSubscriptions>) =>
      makeContext(options.config, (context) => listSubscriptions(context, options)),
    );
  const onOne = (name: string, description: string, work: typeof showSubscription): void =>
    void command(name, description)
      .argument('<code>')
      .action((code: string, { config }: WithConfig<object>) => makeContext(config, (context) => work(context, code)));
  onOne('show', 'shows one with what it was told and what waits', showSubscription);
  onOne('cancel', 'ends one; what it was not told yet is dropped', cancelSubscription);
  onOne('pause', 'keeps its notifications back; none is lost', (context, code) => setPaused(context, code, 'pause'));
  onOne('resume', 'sends them again, from the lowest number on', (context, code) => setPaused(context, code, 'resume'));
  command('unmapped', 'shows rows whose changes could not be told, since they could not be mapped')
    .option('--registry <id>', 'of one registry')
    .option('--retry', 'the gateway tries them again')
    .action((options: WithConfig<{ registry?: string; retry?: boolean }>) =>
      makeContext(options.config, (context) =>
        options.retry === true ? retryQuarantine(context, options.registry) : listQuarantine(context, options.registry),
      ),
    );
};

export interface ListSubscriptions {
  readonly partner?: string;
  readonly ended?: boolean;
}

const MOST = 100_000;

export const listSubscriptions = async (context: CommandContext, { partner, ended = false }: ListSubscriptions) => {
  const { documents } = context.store;
  const found =
    partner === undefined
      ? await documents.find(SUBSCRIPTIONS, { index: 'byEnd', equals: [!ended], limit: MOST })
      : await documents.find(SUBSCRIPTIONS, { index: 'byPartner', equals: [partner, !ended], limit: MOST });
  if (found.length === 0) context.out('There are no such subscriptions.');
  for (const each of found) context.out(lineOf(each));
};

export const showSubscription = async (context: CommandContext, code: string): Promise<void> => {
  const subscription = await existing(context, code);
  const { documents } = context.store;
  const [highest] = await documents.find(OUTBOX, { index: 'seq', equals: [code], order: 'desc', limit: 1 });
  const open = await documents.count(OUTBOX, { index: 'byTurn', equals: [code, true] });
  const waiting = await documents.count(EVENTS, { index: 'bySubscription', equals: [code, 'waiting'] });
  const undecided = await documents.count(EVENTS, { index: 'bySubscription', equals: [code, 'undecided'] });
  const { callbackUrl, nextSlot, transaction, createdAt, by } = subscription;
  context.out(lineOf(subscription));
  context.out(`  made ${timeOf(createdAt)} by ${transaction === undefined ? 'the operator' : 'the partner'}`);
  if (by !== undefined) context.out(`  ended: ${/^[0-9a-f]{64}$/.test(by) ? 'cancelled by the partner' : by}`);
  context.out(`  ${callbackUrl ?? 'no callback address: read by status'}`);
  if (nextSlot !== undefined) context.out(`  next digest ${timeOf(nextSlot)}`);
  context.out(`  last number ${highest?.seq ?? 0}, ${open} not delivered, ${waiting} events collected`);
  if (undecided > 0) context.out(`  ${undecided} changes wait for a decision about consent`);
};

export const cancelSubscription = async (context: CommandContext, code: string): Promise<void> => {
  const { store, clock } = context;
  for (;;) {
    const found = await existing(context, code);
    if (!found.live) throw new CommandProblem(`${code} has ended already.`);
    if (await store.documents.replace(SUBSCRIPTIONS, endedSubscription(found, 'operator', clock()))) {
      await reviseSubscriptions(store.documents, found.registry, clock());
      break;
    }
  }
  await cancelPending(store.documents, code, clock());
  context.out(`${code} is cancelled.`);
};

const existing = async ({ store }: CommandContext, code: string): Promise<Subscription> => {
  const found = await store.documents.get(SUBSCRIPTIONS, code);
  if (found === undefined) throw new CommandProblem(`There is no subscription ${code}.`);
  return found;
};

/** Never the filter: it may name persons. */
const lineOf = ({
  _id,
  partner,
  registry,
  recordType,
  eventType,
  frequency,
  endAt,
  live,
  paused,
}: Subscription): string =>
  [
    ...[_id, partner, registry, recordType, eventType, frequency === undefined ? 'at once' : `at ${frequency}`],
    `${live ? 'until' : 'ended, was until'} ${timeOf(endAt)}`,
    ...(paused === true ? ['PAUSED'] : []),
  ].join(' ');

const timeOf = (at: number): string => new Date(at).toISOString();
