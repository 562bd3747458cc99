/** Rows whose changes could not be told, since they could not be mapped: shown, and given another try. */

import { feedLane } from '../registry/lane-names.ts';
import { QUARANTINE, type Quarantined } from '../store/async-documents.ts';
import { replaceOf } from '../store/documents.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';

/** Of one registry: all that a bad change of its mapping may leave; those that fail again stand before the others. */
const MOST = 100_000;
/** Marked in one write. */
const TOGETHER = 500;

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
  for (let at = 0; at < found.length; ) {
    const marks = found.slice(at, at + TOGETHER).map((each) => replaceOf(QUARANTINE, { ...each, retry: true }));
    const outcomes = await documents.apply(marks);
    marked += outcomes.filter((outcome) => outcome === 'done').length;
    at += outcomes.filter((outcome) => outcome !== 'skipped').length; // one that is gone ends the group
  }
  for (const id of new Set(found.map((each) => each.registry))) await lanes.wake(feedLane(id), 0);
  context.out(`${marked} rows will be read again.`);
};

const quarantined = async ({ config, store }: CommandContext, registry?: string): Promise<readonly Quarantined[]> => {
  const known = config.registries.map(({ id }) => id);
  const ids = registry === undefined ? known : [registry];
  const pages = ids.map((id) => store.documents.find(QUARANTINE, { index: 'byRegistry', equals: [id], limit: MOST }));
  const found = (await Promise.all(pages)).flat();
  if (found.length === 0 && registry !== undefined && !known.includes(registry))
    throw new CommandProblem(`There is no registry ${registry}. Known: ${known.join(', ')}.`);
  return found;
};
