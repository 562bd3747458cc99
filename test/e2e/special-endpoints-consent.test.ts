/** A yes or no is an answer about a person: purposes and consent hold at the special endpoints as they do for searches. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call } from '../support/async-calls.ts';
import type { Answer } from '../support/client.ts';
import { startConsentService, type TestConsentService } from '../support/consent-service.ts';
import { forPurpose } from '../support/consented-country.ts';
import { type DomainDatabases, domainDatabases } from '../support/domain-databases.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

const SECRET = 'special-secret-1234567890';
const RULE = {
  DisabledPerson: { 'consents.purpose': '{purpose}', 'consents.status': 'given' },
  Person: { type: '*', value: '*' }, // nothing here is about them
};

let databases: DomainDatabases;
let service: TestConsentService;
let gateway: RunningGateway;

/** The register twice: a rule decides about one, a service about the other. Of both C-1 and C-3 are a yes. */
before(async () => {
  databases = domainDatabases();
  databases.write(
    'dr',
    `create table consent (id integer primary key, case_no text, purpose text, status text);
     insert into consent (case_no, purpose, status) values
       ('C-1', 'aid', 'given'), ('C-2', 'aid', 'given'), ('C-3', 'aid', 'withdrawn'), ('C-3', 'research', 'given')`,
  );
  service = await startConsentService();
  service.yes.add('C-1').add('C-2');
  const { disability } = databases.registries;
  assert.ok(disability !== undefined);
  const { assessment, ...entities } = disability.backend.entities as Readonly<Record<string, { readonly children: object }>>; // biome-ignore format: one look
  const { DisabledPerson, ...records } = disability.records as Readonly<Record<string, object>>;
  const consents = { each: 'consents', fields: { purpose: 'purpose', status: 'status' } };
  const ruled = {
    ...disability,
    consent: { rule: RULE },
    backend: {
      ...disability.backend,
      entities: {
        ...entities,
        assessment: { ...assessment, children: { ...assessment?.children, consents: { entity: 'consent', on: { case_no: 'case_no' } } } }, // biome-ignore format: one look
        consent: { table: 'consent', key: 'id' },
      },
    },
    records: { ...records, DisabledPerson: { ...DisabledPerson, attributes: { consents } } },
  };
  const asked = {
    ...disability,
    mounts: ['/asked/registry'],
    consent: { service: { url: service.url, timeout: '5s', cache: '0s', records: ['DisabledPerson', 'Person'] } },
  };
  const purposes = {
    aid: { basis: 'consent' },
    audit: { basis: 'legal_obligation' },
    narrow: { basis: 'legal_obligation', records: { DisabledPerson: { rows: { disability_level: { eq: '4' } } } } },
    blind: { basis: 'legal_obligation', records: { DisabledPerson: { attributes: ['identifier'] } } },
  };
  const rights = { search: 'selective', records: 'all', purposes };
  const partner = {
    ...{ client_id: 'agency', client_secret: SECRET, sender_ids: ['agency.example'], signature: { require: 'optional' } }, // biome-ignore format: one look
    registries: { ruled: rights, asked: rights },
  };
  gateway = await startGateway({
    config: {
      outbound: { allow_origins: [service.origin], private_origins: [service.origin] },
      registries: { ruled, asked, social: undefined },
      partners: { agency: partner, 'external-system': undefined, 'integrating-server': undefined },
    } as never,
  });
});

after(async () => {
  await gateway?.close();
  await service[Symbol.asyncDispose]();
  databases[Symbol.dispose]();
});

const MOUNTS = ['/disability/registry', '/asked/registry'];
const JOHN = 'ABC451123'; // C-1, approved, consented
const GRACE = 'ABC451124'; // C-2, pending, consented
const PETER = 'ABC451125'; // C-3, approved, withdrawn

const ask = (mount: string, path: string, value: string, purpose?: string, within: object = {}): Promise<Answer> => {
  const client = gateway.client({ clientId: 'agency', clientSecret: SECRET, senderId: 'agency.example', mount });
  const message = {
    transaction_id: 't',
    disabled_criteria: { query: { type: 'UIN', value }, ...within },
    ...(purpose !== undefined && { authorize: forPurpose(purpose) }),
  };
  return call(client, path, 'search', message);
};

const disabled = async (mount: string, value: string, purpose?: string, within?: object): Promise<string> => {
  const answer = await ask(mount, '/sync/disabled', value, purpose, within);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.message.disabled_response[0].disabled_status;
};

test('who did not consent is neither yes nor distinguishable from who is not there', async () => {
  for (const mount of MOUNTS) {
    assert.equal(await disabled(mount, JOHN, 'aid'), 'yes', mount);
    assert.equal(await disabled(mount, GRACE, 'aid'), 'no', mount);
    assert.equal(await disabled(mount, PETER, 'aid'), 'no', mount);
    assert.equal(await disabled(mount, 'ABC999999', 'aid'), 'no', mount);
    assert.equal(await disabled(mount, PETER, 'audit'), 'yes', `${mount}: no consent is needed for it`);
  }
});

test('details and support are those of persons who consented', async () => {
  for (const mount of MOUNTS) {
    for (const path of ['/sync/get-disability-details', '/sync/get-disability-support']) {
      const found = async (value: string) => {
        const answer = await ask(mount, path, value, 'aid');
        assert.equal(answer.status, 200, answer.text);
        const [item] = answer.body.message.search_response;
        return [item.data.reg_records.length, item.pagination.total_count];
      };
      assert.deepEqual(await found(JOHN), [1, 1], `${mount}${path}`);
      assert.deepEqual(await found(PETER), [0, 0], `${mount}${path}`);
    }
  }
});

test('the purpose stands beside the criteria or within; none, another’s and two are refused, and it narrows the rights', async () => {
  for (const mount of MOUNTS) {
    assert.equal(await disabled(mount, JOHN, undefined, { consent: forPurpose('aid') }), 'yes');
    for (const [purpose, within, status] of [
      [undefined, {}, 403],
      ['marketing', {}, 403],
      ['blind', {}, 403],
      ['aid', { consent: forPurpose('audit') }, 400],
    ] as const) {
      const answer = await ask(mount, '/sync/disabled', JOHN, purpose, within);
      assert.equal(answer.status, status, answer.text);
      assert.doesNotMatch(answer.text, /"(yes|no)"/);
    }
    assert.equal(await disabled(mount, JOHN, 'narrow'), 'no');
    assert.equal(await disabled(mount, PETER, 'narrow'), 'yes');
  }
});

test('the answer says what was enforced', async () => {
  const metaOf = async (mount: string, purpose: string) => (await ask(mount, '/sync/disabled', JOHN, purpose)).body.header.meta; // biome-ignore format: one look
  const aid = { purpose: 'aid', legal_basis: 'consent' };
  assert.deepEqual(await metaOf('/disability/registry', 'aid'), { enforced: [{ ...aid, consent: 'rule' }] });
  assert.deepEqual(await metaOf('/asked/registry', 'aid'), { enforced: [{ ...aid, consent: 'service' }] });
  assert.deepEqual(await metaOf('/asked/registry', 'audit'), {
    enforced: [{ purpose: 'audit', legal_basis: 'legal_obligation', consent: 'none' }],
  });
});

test('a service that does not answer makes neither a yes nor a no', async () => {
  service.answer = (response) => void response.writeHead(500).end();
  const answer = await ask('/asked/registry', '/sync/disabled', JOHN, 'aid');
  service.answer = undefined;
  assert.equal(answer.status, 503);
  assert.doesNotMatch(answer.text, /"(yes|no)"/);
});

test('a consent that is withdrawn counts with the next question', async () => {
  databases.write('dr', "update consent set status = 'withdrawn' where case_no = 'C-1'");
  service.yes.delete('C-1');
  for (const mount of MOUNTS) assert.equal(await disabled(mount, JOHN, 'aid'), 'no', mount);
});
