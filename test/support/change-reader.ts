/** A consumer of change feeds: polls every source, keeps cursors, reads touched records again, and remembers how it last saw them. */

import type { BoundChanges, Mapping } from '../../src/mapping/mapping.ts';
import type { BackendPlugin, ChangePage, ChangeSource, EntityKey, NativeChange } from '../../src/plugin.ts';
import { callContext } from '../contract/plugin.suite.ts';
import { EVERYTHING } from './mapping-rig.ts';

export interface SeenChange extends NativeChange {
  readonly source: string;
}

export class ChangeReader {
  readonly changes: BoundChanges;
  /** `Person [1]` → the record as JSON, or `deleted`. */
  readonly known = new Map<string, string>();
  readonly told: SeenChange[] = [];
  readonly cursors = new Map<string, string>();
  readonly #begin: 'now' | 'all';

  constructor({ changes }: Mapping, begin: 'now' | 'all') {
    if (changes === undefined) throw new Error('the mapping has no changes');
    this.changes = changes;
    this.#begin = begin;
  }

  /** Every source until it has no more. */
  async poll(plugin: BackendPlugin, limit = 50): Promise<void> {
    for (const source of this.changes.sources) while (await this.page(plugin, source, limit));
  }

  /** One page. `keep: false`: a crash before it was kept. */
  async page(plugin: BackendPlugin, source: ChangeSource, limit: number, keep = true): Promise<boolean> {
    const page = await this.read(plugin, source, limit);
    if (!keep) return page.more;
    for (const change of page.changes) {
      this.told.push({ ...change, source: source.id });
      for (const [type, keys] of Object.entries(change.touches)) await this.#look(plugin, type, keys);
    }
    this.cursors.set(source.id, page.cursor);
    return page.more;
  }

  async read(plugin: BackendPlugin, source: ChangeSource, limit: number): Promise<ChangePage> {
    const cursor = this.cursors.get(source.id);
    const page = await plugin.changes?.({ source, cursor, begin: this.#begin, limit }, callContext());
    if (page === undefined) throw new Error('the plugin tells no changes');
    return page;
  }

  async #look(plugin: BackendPlugin, type: string, keys: readonly EntityKey[]): Promise<void> {
    for (const [name, state] of await statesOf(this.changes, plugin, type, keys)) this.known.set(name, state);
  }
}

export const nameOf = (type: string, key: EntityKey): string => `${type} ${JSON.stringify(key)}`;

/** The records of these keys as they are now. */
export const statesOf = async (
  changes: BoundChanges,
  plugin: BackendPlugin,
  type: string,
  keys: readonly EntityKey[],
): Promise<ReadonlyMap<string, string>> => {
  const states = new Map(keys.map((key) => [nameOf(type, key), 'deleted']));
  const { query, render, keyOf } = changes.byKey(type, keys, EVERYTHING);
  if (query === undefined) return states;
  for (const row of (await plugin.search(query, callContext())).rows)
    if (row.live === true) states.set(nameOf(type, keyOf(row)), JSON.stringify(await render(row)));
  return states;
};
