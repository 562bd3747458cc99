/** The special endpoints are searches: rights, rows, limits, signatures and scopes hold, and a problem is never a yes or a no. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call } from '../support/async-calls.ts';
import type { Answer } from '../support/client.ts';
import { type DomainDatabases, domainDatabases } from '../support/domain-databases.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { errorBodyProblems, type SpecDomain } from '../support/spec-check.ts';

const SECRET = 'special-secret-1234567890';

/** One partner a case. Rights on single records are those on a disability registry. */
const partner = (id: string, rights: { readonly records: unknown; readonly actions?: unknown }, more: object = {}) => ({
  ...{ client_id: id, client_secret: SECRET, sender_ids: [`${id}.example`], signature: { require: 'optional' } },
  registries: {
    disability: { search: 'selective', ...rights },
    ...(rights.records === 'all' && { benefits: { search: 'selective', ...rights } }),
  },
  ...more,
});

const DISABLED = { fields: [], attributes: ['disability_status'], identifier_types: ['UIN'] };
const PARTNERS = {
  full: partner('full', { records: 'all', actions: 'all' }),
  blind: partner('blind', { records: { DisabledPerson: { ...DISABLED, attributes: [] } } }),
  rows: partner('rows', { records: { DisabledPerson: { ...DISABLED, rows: { disability_level: { eq: '4' } } } } }),
  reader: partner('reader', { records: 'all', actions: ['status'] }),
  signer: partner('signer', { records: 'all' }, { signature: { require: 'required' } }),
  few: partner('few', { records: 'all' }, { limits: { identifiers_per_day: 2 } }),
  submitter: partner('submitter', { records: 'all', actions: ['submit'] }),
};
type PartnerName = keyof typeof PARTNERS;

let databases: DomainDatabases;
let gateway: RunningGateway;
before(async () => {
  databases = domainDatabases();
  const { disability, benefits } = databases.registries;
  const { accept: _, ...backend } = benefits?.backend ?? {};
  const registries = { disability, benefits: { ...benefits, backend } };
  const config = {
    registries,
    partners: { ...PARTNERS, 'external-system': undefined, 'integrating-server': undefined },
  };
  gateway = await startGateway({ config: { ...config, registries: { ...registries, social: undefined } } as never });
});
after(async () => {
  await gateway?.close();
  databases[Symbol.dispose]();
});

const MOUNTS = { dr: '/disability/registry', ibr: '/benefits/registry' } as const;

const ask = (as: PartnerName, domain: 'dr' | 'ibr', path: string, message: object, action = 'search', scope?: string) =>
  post(as, domain, path, { transaction_id: 't', ...message }, action, scope);

const post = async (
  as: PartnerName,
  domain: 'dr' | 'ibr',
  path: string,
  message: object,
  action: string,
  scope?: string,
) => {
  const client = gateway.client({
    clientId: as,
    clientSecret: SECRET,
    senderId: `${as}.example`,
    mount: MOUNTS[domain],
  });
  const token = scope === undefined ? undefined : await scopedToken(as, scope);
  const answer = await call(client, path, action, message, {}, token);
  if (answer.status !== 200) assert.deepEqual(errorBodyProblems(domain satisfies SpecDomain, answer.body), []);
  return answer;
};

const scopedToken = async (as: PartnerName, scope: string): Promise<string> => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: as, client_secret: SECRET, scope });
  const response = await fetch(`${gateway.url}/oauth2/client/token`, { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
};

const who = (value: string, more: object = {}) => ({ disabled_criteria: { query: { type: 'UIN', value }, ...more } });

const assertRefused = (answer: Answer, status: number, code: string): void => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.message.error.code, code);
  assert.doesNotMatch(answer.text, /"(yes|no)"|disability_status|enrolment_status/);
};
const statusOf = ({ body }: Answer): string => body.message.disabled_response[0].disabled_status;

test('what keeps a question from being answered is refused, never a yes or a no', async () => {
  for (const criteria of [
    {},
    { disabled_criteria: 'ABC451123' },
    { disabled_criteria: {} },
    { disabled_criteria: { query: { no_such: { eq: 1 } } } },
    { disabled_criteria: { query: { birth_date: { ge: '1900-01-01' } } } },
    { disabled_criteria: { query: '{ disabled_person(identifier: {value: "ABC451123"}) { identifier } }' } },
    who('ABC451123', { reg_record_type: 'Person' }),
    who('ABC451123', { reg_type: 'CRVS' }),
    { disabled_criteria: [who('ABC451123').disabled_criteria, who('ABC451124').disabled_criteria] },
    { ...who('ABC451123'), transaction_id: undefined },
  ])
    assertRefused(await ask('full', 'dr', '/sync/disabled', criteria), 400, 'err.request.bad');
  assertRefused(await ask('full', 'dr', '/sync/disabled', who('ABC451123'), 'disabled'), 400, 'err.request.bad');
  assertRefused(await ask('full', 'ibr', '/sync/disabled', who('ABC451123')), 404, 'err.request.not_found');
  assertRefused(await ask('full', 'dr', '/sync/enrolled', who('ABC451123')), 404, 'err.request.not_found');
  assert.equal(statusOf(await ask('full', 'dr', '/sync/disabled', who('ABC451123'))), 'yes');
});

test('one yes or no is about one: a list is refused, and so is an order that cannot be', async () => {
  const both = ['ABC451123', 'ABC451124']; // of these one is a yes
  for (const criteria of [
    { query: both.map((value) => ({ type: 'UIN', value })) },
    { query: { 'member.member_identifier': { in: both } } },
    { query: { $or: both.map((value) => ({ 'identifier.identifier_value': { $eq: value } })) } },
    { query: { type: 'UIN', value: 'ABC451123' }, sort: [{ attribute_name: 'no_such', sort_order: 'asc' }] },
  ])
    assertRefused(await ask('full', 'dr', '/sync/disabled', { disabled_criteria: criteria }), 400, 'err.request.bad');
  const programmes = ['DCI001', 'DCI002'].map((value) => ({ 'programme_identifier.program.programme_identifier': { $eq: value } })); // biome-ignore format: one look
  const enrolled = (query: object) => ask('full', 'ibr', '/sync/enrolled', { enrolled_criteria: { query } });
  const one = { person_identifier: { $eq: '0205202402' } };
  const either = await enrolled({ $and: [one, { $or: programmes }] });
  assert.equal(either.body.message.enrolled_response[0].enrolled_status, 'yes');
  assertRefused(await enrolled({ person_identifier: { $in: ['0205202402', '0205202403'] } }), 400, 'err.request.bad');
});

test('who may not search by what makes a yes gets none, and does not learn its name', async () => {
  assertRefused(await ask('blind', 'dr', '/sync/disabled', who('ABC451123')), 403, 'err.request.forbidden');
  const passport = { disabled_criteria: { query: { type: 'urn:gov:disability-case', value: 'C-1' } } };
  assertRefused(await ask('rows', 'dr', '/sync/disabled', passport), 403, 'err.request.forbidden');
});

test('rows that the partner does not see are no yes', async () => {
  assert.equal(statusOf(await ask('rows', 'dr', '/sync/disabled', who('ABC451125'))), 'yes');
  assert.equal(statusOf(await ask('rows', 'dr', '/sync/disabled', who('ABC451123'))), 'no');
});

test('the action, the token’s scope, the signature and the day’s identifiers are those of a search', async () => {
  assertRefused(await ask('reader', 'dr', '/sync/disabled', who('ABC451123')), 403, 'err.request.forbidden');
  assertRefused(await ask('signer', 'dr', '/sync/disabled', who('ABC451123')), 401, 'err.signature.missing');
  const scoped = (scope: string) => ask('full', 'dr', '/sync/disabled', who('ABC451123'), 'search', scope);
  assertRefused(await scoped('registry.status'), 403, 'err.request.forbidden');
  assert.equal((await scoped('registry.search')).status, 200);
  assert.equal((await ask('few', 'dr', '/sync/disabled', who('ABC451123'))).status, 200);
  assert.equal((await ask('few', 'dr', '/sync/get-disability-support', who('ABC451123'))).status, 200);
  assertRefused(await ask('few', 'dr', '/sync/disabled', who('ABC451123')), 429, 'err.request.too_many_requests');
});

test('reference_id, locale and correlation_id of the caller come back', async () => {
  const message = { correlation_id: 'c-1', ...who('ABC451123', { reference_id: 'r-1', locale: 'eng' }) };
  const { body } = await ask('full', 'dr', '/sync/disabled', message);
  assert.equal(body.message.correlation_id, 'c-1');
  assert.deepEqual(
    [body.message.disabled_response[0].reference_id, body.message.disabled_response[0].locale],
    ['r-1', 'eng'],
  );
});

const UPDATES = { enrolled_updates: { beneficiaries: [{ member: {} }] } };

test('data that flows in needs a right of its own, which “all” is not, and a registry that takes it', async () => {
  for (const path of ['/sync/enrollment/updates', '/enrollments/updates']) {
    assertRefused(await ask('full', 'ibr', path, UPDATES, 'notify'), 403, 'err.request.forbidden');
    const unsupported = await ask('submitter', 'ibr', path, UPDATES, 'notify');
    assertRefused(unsupported, 400, 'err.request.bad');
    assert.equal(unsupported.body.header.status_reason_code, 'rjct.action.not_supported');
    assertRefused(await ask('submitter', 'ibr', path, UPDATES, 'search'), 400, 'err.request.bad');
    assertRefused(await ask('submitter', 'ibr', path, { enrolled_updates: {} }, 'notify'), 400, 'err.request.bad');
  }
  assertRefused(
    await ask('submitter', 'dr', '/sync/enrollment/updates', UPDATES, 'notify'),
    404,
    'err.request.not_found',
  );
});

test('a yes_when that cannot be asked, or of another domain, stops the start with its place', async () => {
  const { disability, civil } = databases.registries;
  for (const [registry, problem] of [
    [{ ...disability, yes_when: { no_such: { eq: 1 } } }, /registries\.social\.yes_when is wrong: Unknown attribute/],
    [{ ...disability, yes_when: [1] }, /registries\.social\.yes_when is wrong/],
    [
      { ...civil, yes_when: { birth_date: { eq: '2000-01-01' } } },
      /yes_when is of disability and beneficiary registries alone/,
    ],
  ] as const)
    await assert.rejects(startGateway({ config: { registries: { social: { ...registry, sample: true } } } }), problem);
});
