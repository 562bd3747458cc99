/** A backend that a test can take away: it does what the file `control` says, `up`, `down`, `hang` or `fault`. */

import { readFileSync } from 'node:fs';
import { BackendError, type CallContext, definePlugin, type Entity } from '../../src/plugin.ts';
import { createMemoryPlugin } from './memory-plugin.ts';

const text = (name: string) => ({
  name,
  type: 'text' as const,
  nullable: true,
  nativeType: 'text',
  searchable: true,
  sortable: true,
});

const PERSON: Entity = {
  name: 'person',
  key: ['id'],
  columns: new Map(['id', 'family', 'given'].map((name) => [name, text(name)])),
  children: new Map(),
};

const ROWS = Array.from({ length: 30 }, (_, index) => ({
  id: `P${index + 1}`,
  family: 'Diallo',
  given: `Awa ${index + 1}`,
}));

interface Options {
  readonly control: string;
}

const obey = async ({ control }: Options, ctx: CallContext): Promise<void> => {
  const order = readFileSync(control, 'utf8').trim();
  if (order === 'down') throw new BackendError('unavailable', 'connect ECONNREFUSED secret-host:5432');
  if (order === 'fault') throw new TypeError('a fault that mentions Diallo');
  if (order !== 'hang') return;
  await new Promise((_, reject) =>
    ctx.signal.addEventListener('abort', () => reject(new BackendError('timeout', 'stopped by the signal')), {
      once: true,
    }),
  );
};

export default definePlugin<Options>({
  name: 'switchable',
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['control'],
    properties: { control: { type: 'string' } },
  },
  create: (options) => {
    const inner = createMemoryPlugin({ entities: [PERSON], rows: { person: ROWS } });
    return {
      ...inner,
      capabilities: { ...inner.capabilities, sort: false },
      search: async (query, ctx) => {
        await obey(options, ctx);
        return inner.search(query, ctx);
      },
      describe: async (ctx) => {
        await obey(options, ctx);
        return inner.describe(ctx);
      },
      health: async (ctx) => {
        await obey(options, ctx);
        return inner.health(ctx);
      },
    };
  },
});
