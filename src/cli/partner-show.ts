/** `dci-gateway partner list` and `show`. */

import { toPlain } from '../dci/json-plain.ts';
import { STANDARD_OUTPUT } from '../dci/output/policy.ts';
import type { CallbackPolicy, Partner } from '../security/partner.ts';
import type { NarrowedRecord } from '../security/rights.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';

/** A line each: id, state, where it is kept, client id, sender ids, registries. */
export const listPartners = async (context: CommandContext): Promise<void> => {
  const partners = await allPartners(context);
  if (partners.length === 0) context.out('There are no partners: dci-gateway partner add --help');
  for (const partner of partners) {
    const { id, active, source, clientId, senderIds, registries } = partner;
    context.out(
      [
        id,
        active ? 'active' : 'disabled',
        source === 'config' ? 'file' : 'store',
        `client ${clientId}`,
        `senders ${senderIds.join(' ')}`,
        `registries ${[...registries.keys()].join(' ') || 'none'}`,
      ].join('\t'),
    );
  }
};

/** Everything but secrets, as JSON. */
export const showPartner = async (context: CommandContext, id: string): Promise<void> => {
  const partner = (await allPartners(context)).find((each) => each.id === id);
  if (partner === undefined)
    throw new CommandProblem(`There is no partner ${id}. dci-gateway partner list shows them.`);
  context.out(JSON.stringify(shown(partner), undefined, 2));
};

const allPartners = async ({ config, store }: CommandContext): Promise<readonly Partner[]> =>
  [
    ...config.partners.map(({ partner, secretText }) =>
      secretText === undefined ? partner : { ...partner, secret: TYPED },
    ),
    ...(await store.partners.list()),
  ].sort((left, right) => (left.id < right.id ? -1 : 1));

/** Stands for a secret of the file, which no command hashes. */
const TYPED = { kind: 'scrypt', salt: '', hash: '' } as const;

const shown = ({
  secret,
  registries,
  encryptionKeys = [],
  encryption = 'optional',
  output = STANDARD_OUTPUT,
  callback,
  ...partner
}: Partner): object => ({
  ...partner,
  ...(callback !== undefined && { callback: shownCallback(callback) }),
  ...{ encryptionKeys, encryption, output },
  secret: secret === undefined ? 'none' : secret.kind === 'hmac' ? 'made by the gateway' : 'in the configuration file',
  registries: Object.fromEntries(
    [...registries].map(([registry, { records, purposes, ...rights }]) => [
      registry,
      {
        ...rights,
        records: shownRecords(records),
        ...(purposes !== undefined && {
          purposes: Object.fromEntries(
            [...purposes].map(([name, { records: narrowed, ...purpose }]) => [
              name,
              { ...purpose, ...(narrowed !== undefined && { records: shownRecords(narrowed) }) },
            ]),
          ),
        }),
      },
    ]),
  ),
});

/** Values of headers may be keys. */
const shownCallback = ({ bearer, token, headers, ...callback }: CallbackPolicy): object => ({
  ...callback,
  ...(bearer !== undefined && { bearer: HIDDEN }),
  ...(token !== undefined && { token: { ...token, clientSecret: HIDDEN } }),
  ...(headers !== undefined && {
    headers: Object.fromEntries(Object.keys(headers).map((name) => [name, HIDDEN])),
  }),
});

const HIDDEN = 'in the configuration file';

const shownRecords = (records: ReadonlyMap<string, NarrowedRecord>): object =>
  Object.fromEntries([...records].map(([type, record]) => [type, shownRecord(record)]));

const shownRecord = ({ rows, ...record }: NarrowedRecord): object =>
  rows === undefined ? record : { ...record, rows: toPlain(rows) };
