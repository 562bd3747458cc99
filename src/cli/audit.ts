/** `dci-gateway audit`: who was told what. Identifiers stand in no entry; one that is named here finds its entries. */

import { type Command, InvalidArgumentError } from 'commander';
import type { TriedIdentifier } from '../query/count-identifiers.ts';
import { identifierHash } from '../registry/audit.ts';
import { toldOutcome } from '../registry/audit-first.ts';
import { createKeyed } from '../registry/keyed.ts';
import { AUDIT, type AuditEntry } from '../store/async-documents.ts';
import type { CommandContext, MakeContext } from './command-context.ts';
import { readCount, readTime } from './deliveries.ts';
import { CONFIG_OPTION } from './terminal.ts';

export interface AuditCommand {
  readonly partner?: string;
  readonly since?: number;
  readonly identifier?: TriedIdentifier;
  readonly limit: number;
}

export const registerAuditCommands = (program: Command, makeContext: MakeContext): void => {
  program
    .command('audit')
    .description('who was told what')
    .command('list')
    .description('shows what was told, and what was taken in, newest first')
    .option(...CONFIG_OPTION)
    .option('--partner <id>', 'of one partner')
    .option('--since <time>', 'answered since: 2027-01-31T10:00:00Z', readTime)
    .option('--identifier <type=value>', 'that asked for this identifier, or told of it', readIdentifier)
    .option('--limit <count>', 'how many at most', readCount, 50)
    .action((options: AuditCommand & { readonly config?: string }) =>
      makeContext(options.config, (context) => listAudit(context, options)),
    );
};

const PAGE = 500;

export const listAudit = async (context: CommandContext, options: AuditCommand): Promise<void> => {
  const { partner, since, identifier, limit } = options;
  const { documents } = context.store;
  const { searchMs } = context.config.limits;
  const now = context.clock();
  const keyed = createKeyed(context.hmacKey);
  // Whoever compares values without naming their type tries this one as well.
  const wanted = identifier && [identifier, { value: identifier.value }].map((each) => identifierHash(keyed, each));
  const isWanted = ({ identifiers }: AuditEntry): boolean =>
    wanted === undefined || wanted.some((hash) => identifiers.includes(hash));
  let left = limit;
  let upTo: number | undefined;
  let told = new Set<string>();
  for (let size = PAGE; left > 0; ) {
    const page = await documents.find(AUDIT, {
      ...(partner === undefined ? { index: 'byAge', equals: [] } : { index: 'byPartner', equals: [partner] }),
      ...(since !== undefined && { from: since }),
      ...(upTo !== undefined && { upTo }),
      ...{ order: 'desc', limit: size },
    });
    const unseen = page.filter(({ _id }) => !told.has(_id));
    for (const entry of unseen.filter(isWanted).slice(0, left)) {
      context.out(lineOf({ ...entry, outcome: toldOutcome(entry, now, searchMs) }));
      left -= 1;
    }
    const last = page.at(-1)?.at;
    if (page.length < size || last === undefined) break;
    // The next page begins with the same millisecond: a page of one millisecond alone is asked for again, larger.
    size = last === upTo ? size * 2 : PAGE;
    told = new Set(page.filter(({ at }) => at === last).map(({ _id }) => _id));
    upTo = last;
  }
  if (left === limit) context.out('There are no such entries.');
};

const lineOf = ({
  at,
  partner,
  registry,
  action,
  purposes = [],
  outcome,
  count,
  tried,
  transaction,
  sub,
}: AuditEntry): string =>
  [
    ...[new Date(at).toISOString(), partner, registry, action, outcome, `${count} records, ${tried} identifiers,`],
    ...[`purpose ${JSON.stringify(purposes)}, transaction ${JSON.stringify(transaction)}`],
    ...(sub === undefined ? [] : [`subscription ${sub}`]),
  ].join(' ');

const readIdentifier = (text: string): TriedIdentifier => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write a type and a value: UIN=12345.');
  return { type: text.slice(0, at), value: text.slice(at + 1) };
};
