/** `dci-gateway deliveries`: callbacks and notifications, and what can be done about those that did not arrive. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { createDeliveries, type Deliveries, type Replay } from '../registry/deliveries.ts';
import { createRightsVersion } from '../registry/rights-version.ts';
import type { OutboxEntry, OutboxState } from '../store/async-documents.ts';
import { type CommandContext, CommandProblem, type MakeContext } from './command-context.ts';
import { consentIn, knownPartners } from './known-partners.ts';
import { CONFIG_OPTION } from './terminal.ts';

type WithConfig<T> = T & { readonly config?: string };

/** What may be asked for, and in which states such messages are. */
const ASKED = {
  dead: ['dead'],
  held: ['held'],
  pending: ['pending', 'retry'],
  retry: ['retry'],
  delivered: ['delivered'],
  cancelled: ['cancelled'],
  expired: ['expired'],
} as const satisfies Readonly<Record<string, readonly OutboxState[]>>;

type Asked = keyof typeof ASKED;

const STATES_HELP =
  'which; pending: all that are still to be sent, each with its next try; retry: those of them that failed before';

export const registerDeliveryCommands = (program: Command, makeContext: MakeContext): void => {
  const group = program.command('deliveries').description('callbacks and notifications, and those that did not arrive');
  const command = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option(...CONFIG_OPTION);
  command('list', 'shows messages of one state, newest first: dead letters unless another is named')
    .addOption(new Option('--state <state>', STATES_HELP).choices(Object.keys(ASKED)).default('dead'))
    .option('--partner <id>', 'of one partner')
    .option('--since <time>', 'changed since: 2027-01-31T10:00:00Z', readTime)
    .option('--limit <count>', 'how many at most', readCount, 50)
    .action((options: WithConfig<ListCommand>) =>
      makeContext(options.config, (context) => listDeliveries(context, options)),
    );
  command('show', 'shows one message with its attempts')
    .argument('<id>')
    .action((id: string, { config }: WithConfig<object>) =>
      makeContext(config, (context) => showDelivery(context, id)),
    );
  command('replay', 'sends one message again, or all dead letters since a time')
    .argument('[id]')
    .option('--since <time>', 'all dead letters since: 2027-01-31T10:00:00Z', readTime)
    .option('--partner <id>', 'of one partner')
    .addOption(new Option('--state <state>', 'with --since: which').choices(['dead', 'held']).default('dead'))
    .option('--despite-rights', "although the partner's rights have changed since the message was made")
    .action((id: string | undefined, options: WithConfig<ReplayCommand>) =>
      makeContext(options.config, (context) => replayDeliveries(context, id, options)),
    );
  for (const [name, description] of [
    ['pause', "keeps a subscription's notifications back; none is lost"],
    ['resume', "sends a subscription's notifications again, from the lowest number on"],
  ] as const) {
    command(name, description)
      .argument('<subscription>', 'its code')
      .action((code: string, { config }: WithConfig<object>) =>
        makeContext(config, (context) => setPaused(context, code, name)),
      );
  }
};

export interface ListCommand {
  readonly state: Asked;
  readonly partner?: string;
  readonly since?: number;
  readonly limit: number;
}

export interface ReplayCommand {
  readonly since?: number;
  readonly partner?: string;
  readonly state?: 'dead' | 'held';
  readonly despiteRights?: boolean;
}

export const listDeliveries = async (context: CommandContext, options: ListCommand): Promise<void> => {
  const deliveries = await openDeliveries(context);
  const found = await deliveries.list({ ...options, states: ASKED[options.state] });
  if (found.length === 0) context.out(`There are no ${options.state} messages.`);
  for (const entry of found) context.out(`${lineOf(entry)}${nextTry(entry)}`);
};

export const showDelivery = async (context: CommandContext, id: string): Promise<void> => {
  const found = await (await openDeliveries(context)).show(id);
  if (found === undefined) throw new CommandProblem(`There is no message ${id}.`);
  const { entry, attempts } = found;
  context.out(lineOf(entry));
  context.out(`  message ${entry.messageId}, ${entry.count} records, made ${timeOf(entry.createdAt)}`);
  context.out(`  to ${targetOf(entry)}${nextTry(entry)}`);
  if (entry.sub !== undefined) context.out(`  subscription ${entry.sub}, number ${entry.seq ?? 0}`);
  for (const { n, at, ms, result, status, problem } of attempts) {
    context.out(`  ${n}. ${timeOf(at)} ${result} ${[status, problem].filter(Boolean).join(' ')} (${ms} ms)`);
  }
};

const SENTENCES: Readonly<Record<Replay, string>> = {
  replayed: 'will be sent again',
  'not there': 'are not there',
  delivered: 'were delivered before',
  'content gone': 'have no content any more',
  'nowhere to go': 'have no callback address: the partner reads them by status',
  'subscription ended': 'belong to a subscription that was cancelled',
  'rights changed': 'were made with other rights than the partner has now: --despite-rights sends them',
  'on its way': 'are on their way',
};

export const replayDeliveries = async (
  context: CommandContext,
  id: string | undefined,
  { since, partner, state = 'dead', despiteRights = false }: ReplayCommand,
): Promise<void> => {
  if ((id === undefined) === (since === undefined)) throw new CommandProblem('Name one message, or --since a time.');
  const deliveries = await openDeliveries(context);
  const outcomes =
    id === undefined
      ? await deliveries.replaySince(since ?? 0, partner, { state, despiteRights })
      : new Map([[await deliveries.replay(id, { despiteRights }), 1]]);
  if (id !== undefined && outcomes.has('not there')) throw new CommandProblem(`There is no message ${id}.`);
  if (outcomes.size === 0) context.out(`There are no ${state} messages since then.`);
  for (const [outcome, count] of outcomes) context.out(`${count} ${SENTENCES[outcome]}`);
};

export const setPaused = async (context: CommandContext, code: string, to: 'pause' | 'resume'): Promise<void> => {
  const deliveries = await openDeliveries(context);
  if (!(await deliveries[to](code))) throw new CommandProblem(`There is no live subscription ${code}.`);
  context.out(to === 'pause' ? `${code} is paused.` : `${code} goes on.`);
};

/** Partners of the file and of the store, as a gateway has them. */
const openDeliveries = async ({ store, config, clock }: CommandContext): Promise<Deliveries> => {
  const partners = await knownPartners({ config, store });
  const { documents } = store;
  return createDeliveries({
    documents,
    clock,
    partner: (id) => partners.get(id),
    rightsVersion: createRightsVersion(consentIn(config)),
  });
};

/** Ids, states and times; never what a message says. */
const lineOf = ({ _id, kind, partner, registry, state, attempts, lastResult = '', changedAt }: OutboxEntry): string =>
  `${_id} ${timeOf(changedAt)} ${partner} ${registry} ${kind} ${state} ${attempts} attempts ${lastResult}`.trimEnd();

/** Without a query, which may hold a secret. */
const targetOf = ({ url }: OutboxEntry): string => {
  if (url === undefined) return 'nowhere: the partner reads it by status';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
};

const nextTry = ({ state, dueAt }: OutboxEntry): string =>
  ASKED.pending.some((each) => each === state) ? `, next try ${timeOf(dueAt)}` : '';

const timeOf = (at: number): string => new Date(at).toISOString();

/** A day, or a time with its zone. `Date.parse` alone takes `5` for a day of 2001, and a time without a zone for one of this machine. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

export const readTime = (text: string): number => {
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Write a time: 2027-01-31T10:00:00Z.');
  return at;
};

export const readCount = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1 on.');
  return Number(text);
};
