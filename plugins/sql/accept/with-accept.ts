/** A backend that takes data in, beside what it answers. */

import { type AcceptedItem, BackendError, type BackendPlugin, ConfigProblems } from 'dci-gateway/plugin';
import type { RowReader } from './read-row.ts';
import type { RowWriter } from './row-writer.ts';

export const withAccept = (backend: BackendPlugin, reader: RowReader, writer: RowWriter): BackendPlugin => ({
  ...backend,
  describe: async (ctx) => {
    const entities = await backend.describe(ctx);
    try {
      const problems = await writer.check(ctx);
      if (problems.length > 0) throw new ConfigProblems(problems);
    } catch (error) {
      // Where it cannot be written now, it can still be read.
      if (!(error instanceof BackendError)) throw error;
      ctx.log.warn('could not look at the table that data is written to', { reason: error.message });
    }
    return entities;
  },
  accept: async (message, ctx) => {
    const items: AcceptedItem[] = [];
    for (const item of message.items) {
      const row = reader.read(item, message);
      items.push('problem' in row ? { status: 'refused', problem: row.problem } : await writer.write(row, ctx));
    }
    return { items };
  },
  close: async () => {
    await Promise.all([backend.close(), writer.close()]);
  },
});
