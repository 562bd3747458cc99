/** What shows only on the database itself: whether a log has the columns it needs, and how long transactions may last. */

import type { CallContext, ChangeProblem, ChangeSource, LogSource } from 'dci-gateway/plugin';
import { SourceError } from '../introspection.ts';
import type { ModelEntity } from '../model.ts';
import type { ChangeTools } from './change-tools.ts';
import { logColumns } from './log-row.ts';
import { transactionColumn } from './transaction-changes.ts';

export const checkSource = async (
  tools: ChangeTools,
  source: ChangeSource,
  ctx: CallContext,
): Promise<readonly ChangeProblem[]> => {
  if (source.kind === 'snapshot' || source.kind === 'sweep') return [];
  if (source.kind === 'columns') return tooShort(tools, source, ctx);
  try {
    const log = await tools.table(source.table, source.seq, ctx);
    const problems = columnProblems(tools, source, log);
    return problems.length > 0 || transactionColumn(tools, log) !== undefined ? problems : tooShort(tools, source, ctx);
  } catch (cause) {
    if (!(cause instanceof SourceError)) throw cause;
    return [{ source: source.id, problem: `reads the log ${source.table}, which ${cause.message}` }];
  }
};

const columnProblems = (tools: ChangeTools, source: LogSource, log: ModelEntity): readonly ChangeProblem[] => {
  const problems: ChangeProblem[] = [];
  const add = (problem: string, fix?: string) =>
    problems.push({ source: source.id, problem, ...(fix !== undefined && { fix }) });
  const known = [...log.columns.keys()].slice(0, 30).join(', ');
  for (const name of logColumns(source))
    if (!log.columns.has(name)) add(`names the column ${name}, which ${source.table} has not`, `use one of ${known}`);
  const seq = log.columns.get(source.seq);
  if (seq !== undefined && seq.type !== 'integer')
    add(`counts by ${source.seq}, which is ${seq.nativeType}`, 'use a number that grows with each row');
  for (const { entity: name, columns } of Object.values(source.touches)) {
    const entity = tools.entity(name);
    for (const [n, column] of columns.entries()) {
      const [logged, key] = [log.columns.get(column), entity.key[n]];
      if (logged === undefined || key === undefined || logged.type === key.type) continue;
      add(`takes ${column} (${logged.nativeType}) for the key ${key.name} (${key.nativeType}) of ${name}`);
    }
  }
  return problems;
};

/** A transaction that lasts longer than the overlap commits rows that nobody reads any more. */
const tooShort = async (
  tools: ChangeTools,
  source: Extract<ChangeSource, { readonly overlapMs: number }>,
  ctx: CallContext,
): Promise<readonly ChangeProblem[]> => {
  const { words, database, timeoutMs } = tools;
  const longest = await database.session(ctx, async (session) => words.longestMs?.(session));
  const limits = [
    { ms: timeoutMs, whose: 'statements of this registry', key: 'backend.timeout' },
    { ms: longest ?? 0, whose: 'transactions of the database', key: 'its limit' },
  ];
  return limits
    .filter(({ ms }) => ms > source.overlapMs)
    .map(({ ms, whose, key }) => ({
      source: source.id,
      problem: `reads ${source.overlapMs / 1000} s again, but ${whose} may last ${Math.round(ms / 1000)} s`,
      fix: `write a longer overlap, or lower ${key}`,
    }));
};
