/** Whether a registry can tell the changes that its `changes` section asks for. Throws `ConfigError` when it cannot. */

import type { Mapping } from '../mapping/mapping.ts';
import type { BackendPlugin, CallContext } from '../plugin.ts';

export const checkChanges = async (
  { changes }: Mapping,
  plugin: BackendPlugin,
  context: CallContext,
): Promise<void> => {
  if (changes === undefined || changes.sources.length === 0) return;
  if (plugin.changes === undefined || plugin.capabilities.changes !== 'poll')
    changes.refuse(changes.sources.map(({ id }) => ({ source: id, problem: 'is of a backend that tells no changes' })));
  changes.refuse((await plugin.checkChanges?.(changes.sources, context)) ?? []);
};
