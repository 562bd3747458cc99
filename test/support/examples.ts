/** Starts the gateway on a file of config/examples, on free ports and with a store of its own. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config, ConfiguredPartner } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { OutputPolicy } from '../../src/dci/output/policy.ts';
import { createGateway } from '../../src/gateway.ts';
import { type Answer, createClient, searchItem } from './client.ts';
import { recordedLog } from './recorded-log.ts';

export const EXAMPLES = resolve(import.meta.dirname, '../../config/examples');

/** The SQL beside an example, as it stands. */
export const exampleSql = (name: string): string => readFileSync(join(EXAMPLES, 'sql', name), 'utf8');

/** A script as single statements: for drivers that take one at a time. No statement of ours holds `;` at the end of a line. */
export const statementsOf = (script: string): readonly string[] =>
  script
    .replaceAll(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

export interface RunningExample extends AsyncDisposable {
  readonly url: string;
  /** `store.folder` */
  readonly store: string;
  /** One item; `criteria` beside the query. */
  search(query: unknown, criteria?: Readonly<Record<string, unknown>>): Promise<ExampleAnswer>;
}

export interface ExampleAnswer {
  readonly answer: Answer;
  readonly status: string;
  readonly code: string | undefined;
  readonly total: number;
  // biome-ignore lint/suspicious/noExplicitAny: records of any shape, looked at by the assertions
  readonly records: readonly any[];
}

export interface ExamplePartner {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly senderId: string;
}

/** Example partners read the standard's records unless this says otherwise. */
const withOutput =
  (outputs: Readonly<Record<string, OutputPolicy>>) =>
  (configured: ConfiguredPartner): ConfiguredPartner => {
    const output = outputs[configured.partner.id];
    return output === undefined ? configured : { ...configured, partner: { ...configured.partner, output } };
  };

/** The partner is one of the file's, or is made on the configuration, which has a store of its own by then. */
export const startExample = async (
  name: string,
  env: Readonly<Record<string, string>>,
  partner: ExamplePartner | ((config: Config) => Promise<ExamplePartner>),
  port = 0,
  outputs: Readonly<Record<string, OutputPolicy>> = {},
): Promise<RunningExample> => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-example-'));
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const loaded = await loadConfig({ file: join(EXAMPLES, name), env });
  const config = {
    ...loaded,
    server: { ...loaded.server, host: '127.0.0.1', port, admin: { host: '127.0.0.1', port: 0 } },
    partners: loaded.partners.map(withOutput(outputs)),
    store: { ...loaded.store, folder: join(folder, 'store') },
  };
  const login = typeof partner === 'function' ? await partner(config) : partner;
  const gateway = await createGateway(config, { log: recordedLog().log });
  cleanUp.defer(() => gateway.close());
  const { url } = await gateway.start();
  const client = createClient({ url, ...login });
  const open = cleanUp.move();
  return {
    url,
    store: config.store.folder,
    search: async (query, criteria = {}) => {
      const answer = await client.post(client.envelope([searchItem(query, {}, criteria)]));
      const [item] = answer.body?.message?.search_response ?? [];
      return {
        answer,
        status: item?.status,
        code: item?.status_reason_code,
        total: item?.pagination?.total_count ?? 0,
        records: item?.data?.reg_records ?? [],
      };
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
};
