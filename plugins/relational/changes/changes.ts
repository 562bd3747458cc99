/** The `changes` of a relational database: each source by its kind. */

import { setImmediate } from 'node:timers/promises';
import type { BackendPlugin, CallContext, ChangePage, ChangeRequest } from 'dci-gateway/plugin';
import { differenceChanges } from '../../native/changes/difference.ts';
import type { ChangeTools } from './change-tools.ts';
import { checkSource } from './check-source.ts';
import { columnChanges } from './column-changes.ts';
import { logChanges } from './log-changes.ts';
import { lookAtRows } from './look-rows.ts';

export const createChanges = (tools: ChangeTools): Required<Pick<BackendPlugin, 'changes' | 'checkChanges'>> => ({
  changes: (request, ctx) => changesOf(tools, request, ctx),
  checkChanges: async (sources, ctx) => {
    const problems = [];
    for (const source of sources) problems.push(...(await checkSource(tools, source, ctx)));
    return problems;
  },
});

const changesOf = async (tools: ChangeTools, request: ChangeRequest, ctx: CallContext): Promise<ChangePage> => {
  const { source } = request;
  await setImmediate(); // page after page may come without waiting for anything
  switch (source.kind) {
    case 'columns':
      return columnChanges(tools, source, request, ctx);
    case 'log':
      return logChanges(tools, source, request, ctx);
    case 'snapshot':
    case 'sweep':
      return differenceChanges(
        {
          ...tools,
          look: (looked, after, limit, within) => lookAtRows(tools, looked, after, limit, within),
        },
        source,
        request,
        ctx,
      );
  }
};
