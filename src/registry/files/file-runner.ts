/** One part of a file's answer: its rows become items, each with an outcome of its own; the rights are as they are now. */

import type { Clock } from '../../clock.ts';
import type { LimitsConfig } from '../../config/config.ts';
import type { JsonObject } from '../../dci/json-node.ts';
import type { SearchItem } from '../../dci/search-request.ts';
import type { SearchOutcome } from '../../dci/search-response.ts';
import { GatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Partner } from '../../security/partner.ts';
import { scopesOf } from '../../security/scopes.ts';
import { outcomeOf } from '../audit.ts';
import type { ConsentDecider } from '../consent/decider.ts';
import { type DataLimits, overRecords } from '../data-limits.ts';
import { orRejected, rejected } from '../item-outcome.ts';
import { type PlannedSearch, type PlanSetting, planSearch } from '../plan-search.ts';
import { limitedMs, problemOf } from '../problem-of.ts';
import type { Registry } from '../registry.ts';
import { withinReach } from '../search.ts';
import { NEAREST_ITEM_CODE, recordsOf, searchContent } from '../search-content.ts';
import { createSettingOf } from '../search-setting.ts';
import type { CallbackContent } from '../transaction-work.ts';
import { ROWS_IN_A_PART } from './file-rows.ts';
import { createQuery, type FileWork, isTooMany, MayNotGoOn } from './query-in-turn.ts';
import { searchTogether } from './search-together.ts';

export type { FileWork };

export interface FileRunner {
  /** Undefined where it may not go on. What it throws concerns the whole part. */
  run(work: FileWork): Promise<CallbackContent | undefined>;
  refuse(work: Pick<FileWork, 'transaction' | 'part' | 'rows'>, problem: GatewayError): CallbackContent;
}

export interface FileRunnerOptions {
  readonly limits: LimitsConfig;
  readonly data: DataLimits;
  /** Asked about consent; absent: nobody consents. */
  readonly decider?: ConsentDecider | undefined;
  readonly registry: (id: string) => Registry | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rows that are looked up in one query. */
const BATCH = 250;

const isOverData = async (data: DataLimits, partner: Partner): Promise<boolean> => {
  try {
    await data.admit(partner, 0); // the identifiers were taken when the file was accepted
    return false;
  } catch (cause) {
    if (isTooMany(cause)) return true;
    throw cause;
  }
};

export const createFileRunner = ({
  limits,
  data,
  decider,
  registry: find,
  clock,
  log,
}: FileRunnerOptions): FileRunner => {
  const settingOf = createSettingOf({ limits, clock, decider, remembers: true });

  const query = createQuery({ limits, data, clock, log });

  /** @param from which row of the part */
  const runBatch = async (
    from: number,
    items: readonly (SearchItem | SearchOutcome)[],
    work: FileWork,
    registry: Registry,
    setting: PlanSetting,
  ): Promise<readonly SearchOutcome[]> => {
    // What the day allowed, and what it was charged, is so however often the part is run.
    const once = work.kept.answers.answer;
    const over = await once(`over ${from}`, () => isOverData(data, work.partner));
    const steps = items.map((item) => {
      if ('status' in item) return item;
      return over ? overRecords(item) : planRow(item, setting, registry);
    });
    const planned = steps.filter((step): step is PlannedSearch => !('status' in step));
    const found = await searchTogether(planned, {
      ...{ registry, mapping: setting.mapping },
      query: (one) => query(work, one),
    });
    const outcomes = new Map(planned.map((each, index) => [each, found[index]]));
    await once(`charged ${from}`, async () => {
      const records = found.reduce((sum, outcome) => sum + recordsOf(outcome), 0);
      await data.charge(work.partner, records);
      return records;
    });
    return steps.flatMap((step) => ('status' in step ? step : outcomes.get(step)) ?? []);
  };

  const content = (
    work: Pick<FileWork, 'transaction' | 'part'>,
    outcomes: readonly SearchOutcome[],
  ): CallbackContent => {
    const { transaction, part } = work;
    const total = transaction.file?.rows ?? outcomes.length;
    const completed = part * ROWS_IN_A_PART + outcomes.length;
    return searchContent(transaction, find(transaction.registry), outcomes, { total, completed }, clock());
  };

  return {
    run: async (work) => {
      const { transaction, partner } = work;
      const registry = find(transaction.registry);
      if (registry === undefined) throw new GatewayError('request.forbidden', { detail: 'the registry is gone' });
      const scopes = scopesOf(partner); // those of the token were checked when it was accepted
      const items = itemsOf(work);
      const outcomes: SearchOutcome[] = [];
      try {
        for (let from = 0; from < items.length; from += BATCH) {
          const setting = await settingOf({ registry, partner, scopes }, () => undefined);
          outcomes.push(...(await runBatch(from, items.slice(from, from + BATCH), work, registry, setting)));
        }
      } catch (cause) {
        if (cause instanceof MayNotGoOn) return undefined;
        if (limitedMs(problemOf(cause)) === undefined || clock() < work.waitsUntil) throw cause;
        const left = items.slice(outcomes.length);
        const fields = { transaction: transaction._id, registry: transaction.registry, rows: left.length };
        log.error('rows of a file given up: their registry limits how often it is asked', fields);
        outcomes.push(...refused(left, new GatewayError('backend.limited_too_long')));
      }
      return audited(content(work, outcomes), work, outcomes);
    },
    refuse: (work, problem) => content(work, refused(itemsOf(work), problem)),
  };
};

const refused = (items: readonly (SearchItem | SearchOutcome)[], { message }: GatewayError): readonly SearchOutcome[] =>
  items.map((item) => ('status' in item ? item : rejected(item, NEAREST_ITEM_CODE, message)));

const audited = (
  content: CallbackContent,
  { transaction, rows }: FileWork,
  outcomes: readonly SearchOutcome[],
): CallbackContent => {
  const { partner, registry, transactionId, file } = transaction;
  return {
    ...content,
    audited: {
      ...{ partner, registry, action: 'file-search', outcome: outcomeOf(outcomes), count: content.count },
      ...(file?.purpose !== undefined && { purposes: [file.purpose] }),
      identifiers: rows.flatMap((row) => ('problem' in row ? [] : [{ type: row.type, value: row.value }])),
      transaction: transactionId,
    },
  };
};

const itemsOf = ({
  transaction,
  part,
  rows,
}: Pick<FileWork, 'transaction' | 'part' | 'rows'>): readonly (SearchItem | SearchOutcome)[] =>
  rows.map((row, index) => {
    const item = itemOf(part * ROWS_IN_A_PART + index + 1);
    if ('problem' in row)
      return rejected(
        item,
        NEAREST_ITEM_CODE,
        `${'item' in row ? `Item ${row.item}` : `Line ${row.line}`}: ${row.problem}.`,
      );
    return { ...item, purpose: transaction.file?.purpose, query: lookUp(row.type, row.value) };
  });

/** @param number of the row, from 1, without the header */
const itemOf = (number: number): SearchItem => ({
  referenceId: `row-${number}`,
  locale: undefined,
  regType: undefined,
  recordTypes: [],
  purpose: undefined,
  query: undefined,
  sort: undefined,
  pageNumber: 1,
  pageSize: undefined,
  rejection: undefined,
});

const lookUp = (type: string, value: string): JsonObject => ({ type, value });

/** A type that the partner may not use is this row's problem: the other rows of a file still answer. */
const planRow = (item: SearchItem, setting: PlanSetting, registry: Registry): PlannedSearch | SearchOutcome => {
  try {
    return orRejected(item, () => withinReach(planSearch(item, setting), registry));
  } catch (cause) {
    if (!(cause instanceof GatewayError) || cause.code !== 'request.forbidden') throw cause;
    return rejected(item, NEAREST_ITEM_CODE, 'This identifier_type may not be searched.');
  }
};
