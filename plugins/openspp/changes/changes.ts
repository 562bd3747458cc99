/** The change feeds of OpenSPP: by `write_date`, which every row has, and by sweeps for rows that are gone. */

import {
  BackendError,
  type BackendPlugin,
  type ChangePage,
  type ChangeProblem,
  type ChangeRequest,
  type ChangeSource,
  type ColumnSource,
  type SweepSource,
} from 'dci-gateway/plugin';
import { columnChanges, type PassTools } from '../../native/changes/column-pass.ts';
import { type DifferenceTools, differenceChanges } from '../../native/changes/difference.ts';
import { type Call, columnOf, entityOf } from '../tools.ts';
import { lookAtRows } from './look-rows.ts';
import { changedPage, contentOf } from './page.ts';
import { ownTouches, showingRecords } from './touched.ts';

export const changesOf = (request: ChangeRequest, stateFolder: string, call: Call): Promise<ChangePage> => {
  const { source } = request;
  switch (source.kind) {
    case 'columns':
      return columnChanges(passTools(source, call), source, request, call.ctx);
    case 'sweep':
      return sweep(source, request, stateFolder, call);
    default:
      throw new BackendError('refused', `OpenSPP tells no changes by ${source.kind}`);
  }
};

/** What is remembered of a row that is gone is whose it was: the records that showed it are found now. */
const sweep = async (
  source: SweepSource,
  request: ChangeRequest,
  stateFolder: string,
  call: Call,
): Promise<ChangePage> => {
  const look: DifferenceTools['look'] = (_, after, limit, ctx) => lookAtRows(source, after, limit, { ...call, ctx });
  const page = await differenceChanges({ stateFolder, look }, source, request, call.ctx);
  if (page.changes.length === 0) return page;
  const owns = page.changes.map(({ touches }) => touches);
  const touched = await showingRecords(source, entityOf(call, source.entity), owns, call);
  return { ...page, changes: page.changes.map((change, at) => ({ ...change, touches: touched[at] ?? {} })) };
};

const passTools = (source: ColumnSource, call: Call): PassTools => {
  const entity = entityOf(call, source.entity);
  const column = columnOf(entity, source.column);
  if (column.kind !== 'moment') throw new BackendError('refused', `column ${column.name} is no time`);
  return {
    column: column.described,
    content: contentOf(entity).map(({ name }) => name),
    timesCompare: true,
    clock: async () => call.odoo.now() / 1000,
    page: (asked) => changedPage(entity, column, asked, call),
    touched: (rows) => {
      const owns = rows.map(({ columns }) => ownTouches(source, entity, columns));
      return showingRecords(source, entity, owns, call);
    },
  };
};

export const checkSources = (
  sources: readonly ChangeSource[],
  model: Pick<Call, 'model'>,
): Awaited<ReturnType<Required<BackendPlugin>['checkChanges']>> =>
  sources.flatMap((source) => problemsOf(source, model));

const problemsOf = (source: ChangeSource, model: Pick<Call, 'model'>): readonly ChangeProblem[] => {
  const fix = 'use { entity, at: write_date } and { entity, sweep }';
  if (source.kind === 'log' || source.kind === 'snapshot')
    return [{ source: source.id, problem: 'is of a kind that OpenSPP does not tell', fix }];
  if (source.kind === 'sweep') return [];
  const column = entityOf(model, source.entity).columns.get(source.column);
  return column?.kind === 'moment' && column.described.sortable
    ? []
    : [{ source: source.id, problem: `reads by ${source.column}, which Odoo cannot sort by`, fix }];
};
