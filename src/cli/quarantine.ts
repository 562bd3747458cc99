/** Rows whose changes could not be told, since they could not be mapped: shown, and given another try. */

import { feedLane } from '../registry/lane-names.ts';
import { QUARANTINE, type Quarantined } from '../store/async-documents.ts';
import type { CommandContext } from './command-context.ts';

const MOST = 1_000;

/** The key is shown to the operator: it is how the row is found in the registry. */
export const listQuarantine = async (context: CommandContext, registry: string | undefined): Promise<void> => {
  const found = await quarantined(context, registry);
  if (found.length === 0) context.out('There are none.');
  for (const each of found) {
    const { registry: id, recordType, reason, at, retry } = each;
    const key = context.sealer.open(each.key);
    context.out(`${id} ${recordType} ${key} ${reason} ${new Date(at).toISOString()}${retry ? ', is tried again' : ''}`);
  }
};

/** The feed of a running gateway reads them again. */
export const retryQuarantine = async (context: CommandContext, registry: string | undefined): Promise<void> => {
  const { documents, lanes } = context.store;
  const found = await quarantined(context, registry);
  let marked = 0;
  for (const each of found) if (await documents.replace(QUARANTINE, { ...each, retry: true })) marked += 1;
  for (const id of new Set(found.map((each) => each.registry))) await lanes.wake(feedLane(id), 0);
  context.out(`${marked} rows will be read again.`);
};

const quarantined = async ({ config, store }: CommandContext, registry?: string): Promise<readonly Quarantined[]> => {
  const ids = registry === undefined ? config.registries.map(({ id }) => id) : [registry];
  const pages = ids.map((id) => store.documents.find(QUARANTINE, { index: 'byRegistry', equals: [id], limit: MOST }));
  return (await Promise.all(pages)).flat();
};
