import { tmpdir } from 'node:os';
import { loadConfig } from '../src/config/load.ts';
import type { Filter } from '../src/dci/filter.ts';
import { connectUnsigned } from '../src/gateway/connect-upstreams.ts';
import { openRegistries } from '../src/gateway/open-registries.ts';
import type { Mapping, View } from '../src/mapping/mapping.ts';
import { callContext } from '../src/registry/call-context.ts';
import { nationalId } from './person.ts';
import { SILENT } from './silent.ts';
import { median } from './statistics.ts';

const ROUNDS = 3000;
const WARM_UP = 500;
const DEADLINE_MS = 60_000;

const EVERYTHING: View = { of: () => ({ shows: () => true, showsIdentifier: () => true, rows: undefined }) };

/** Milliseconds of one identifier search by the plugin alone: no gateway around it, no mapping of the answer. */
export const measureBackend = async (file: string, persons: number): Promise<number> => {
  const env = { PORT: '0', STATE_FOLDER: tmpdir() };
  const config = await loadConfig({ file, env });
  const [registry] = await openRegistries({
    config,
    log: SILENT,
    progress: () => undefined,
    connect: connectUnsigned(config, SILENT),
  });
  if (registry === undefined) throw new Error('no registry');
  const mapping = await registry.mapping();
  const context = callContext(AbortSignal.timeout(DEADLINE_MS), DEADLINE_MS, 'bench', SILENT);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    const { query } = mapping.compile({
      recordType: 'Person',
      filter: byNationalId(mapping, nationalId(Math.floor(Math.random() * persons))),
      view: EVERYTHING,
      projection: undefined,
      sort: [],
      limit: 20,
      offset: 0,
      countCap: 1000,
    });
    if (query === undefined) throw new Error('nothing to search');
    const began = performance.now();
    const { rows } = await registry.plugin.search(query, context);
    if (round >= WARM_UP) times.push(performance.now() - began);
    if (rows.length !== 1) throw new Error(`${rows.length} rows`);
  }
  await registry.close();
  return median(times);
};

const byNationalId = (mapping: Mapping, value: string): Filter => {
  const attributes = mapping.records.get('Person')?.attributes;
  const compare = (path: string, text: string): Filter => {
    const attribute = attributes?.get(path);
    if (attribute === undefined) throw new Error(`no attribute ${path}`);
    return { kind: 'compare', attribute, operator: 'eq', values: [text] };
  };
  return {
    kind: 'any',
    list: 'identifier',
    of: {
      kind: 'and',
      of: [compare('identifier.identifier_type', 'urn:gov:national-id'), compare('identifier.identifier_value', value)],
    },
  };
};
