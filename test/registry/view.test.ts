import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../src/errors.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { type Acting, checkRows, makeView, makeViews, rowCompiler } from '../../src/registry/view.ts';
import type { Partner } from '../../src/security/partner.ts';
import type { RegistryRights } from '../../src/security/rights.ts';
import { evaluate } from '../support/evaluate-filter.ts';
import { MODELS } from '../support/models.ts';
import { ALL_OF_A_RECORD, rightsOf } from '../support/rights.ts';
import { toNode } from '../support/to-node.ts';

const TODAY = '2026-11-22';
const mapping = (): Mapping => ({ records: MODELS, locations: undefined, compile: () => assert.fail() });

const partnerWith = (rights: RegistryRights, version: number): Partner => ({
  id: 'health',
  senderIds: ['health'],
  clientId: 'health',
  secret: undefined,
  active: true,
  version,
  keys: [],
  signature: { accept: [], send: 'dci-spaced', require: 'required', replay: 'answer' },
  limits: {},
  scopes: 'all',
  registries: new Map([['social', rights]]),
  callbacks: [],
  demo: false,
  source: 'config',
});

const acting = (partner: Partner): Acting => {
  const rights = partner.registries.get('social');
  assert.ok(rights);
  return { partner, registry: 'social', policy: { rights, key: '' } };
};

const viewOf = (rights: RegistryRights) => makeView({ rights, models: MODELS, compileRows: rowCompiler(TODAY) });

test('a record type that is not listed, or not mapped, is not shown at all', () => {
  const view = viewOf(rightsOf({ Person: ALL_OF_A_RECORD, Clinic: ALL_OF_A_RECORD }));
  assert.ok(view.of('Person'));
  assert.equal(view.of('Member'), undefined);
  assert.equal(view.of('Clinic'), undefined);
});

test('a field is shown with what is below it and with what it lies in', () => {
  const person = viewOf(rightsOf({ Person: { fields: ['name.surname', 'address'] } })).of('Person');
  const shown = ['name', 'name.surname', 'address', 'address.locality'];
  const hidden = ['name.given_name', 'sex', 'birth_date', 'addresses', 'nam', 'name.surname_prefix', 'identifier', ''];
  for (const path of shown) assert.equal(person?.shows(path), true, path);
  for (const path of hidden) assert.equal(person?.shows(path), false, path);
});

test('identifiers are shown by type', () => {
  const view = viewOf(
    rightsOf({ Person: { identifierTypes: ['UIN'] }, Member: { identifierTypes: 'all' }, Group: {} }),
  );
  assert.equal(view.of('Person')?.showsIdentifier('UIN'), true);
  assert.equal(view.of('Person')?.showsIdentifier('uin'), false);
  assert.equal(view.of('Person')?.showsIdentifier(''), false);
  assert.deepEqual(view.of('Person')?.identifierTypes, ['UIN']);
  assert.equal(view.of('Member')?.showsIdentifier(''), true, 'all, those without a type too');
  assert.equal(view.of('Member')?.identifierTypes, undefined);
  assert.equal(view.of('Member')?.showsIdentifier('TAX'), true);
  assert.equal(view.of('Group')?.showsIdentifier('UIN'), false);
});

test('a row filter of any dialect is resolved against its own record type', () => {
  const dialects = [
    { sex: 'F' },
    { seq: [{ attribute: 'gender', operator: '=', value: 'Female' }] },
    [{ expression1: { attribute_name: 'sex', operator: 'eq', attribute_value: 'female' } }],
  ];
  for (const rows of dialects) {
    const filter = viewOf(rightsOf({ Person: { rows: toNode(rows) } })).of('Person')?.rows;
    assert.ok(filter);
    assert.equal(evaluate(filter, { sex: 'female' }), true);
    assert.equal(evaluate(filter, { sex: 'male' }), false);
  }
  assert.equal(viewOf(rightsOf({ Person: {} })).of('Person')?.rows, undefined);
});

test('a row filter that cannot be applied is a problem of the configuration, by record type', () => {
  const rights = rightsOf({
    Person: { rows: toNode({ hat_size: 5 }) },
    Member: { rows: toNode({ marital_status: 'S' }) },
    Group: { rows: toNode({ group_size: 'many' }) },
  });
  assert.deepEqual(checkRows(rights, MODELS), [
    'records.Person.rows: Unknown attribute "hat_size".',
    'records.Group.rows: Bad value for attribute "group_size": a whole number of at most 15 digits is expected.',
  ]);
  assert.throws(() => viewOf(rights), /hat_size/, 'and never a view without the filter');
});

test('a path that goes on into a nested record shows nothing of it, and is a problem of the configuration', () => {
  const rights = rightsOf({
    Member: { fields: ['demographic_info.name', 'marital_status'], attributes: ['demographic_info.sex'] },
    Person: ALL_OF_A_RECORD,
  });
  const member = viewOf(rights).of('Member');
  assert.equal(member?.shows('demographic_info'), false, 'the whole person would follow');
  assert.equal(member?.shows('marital_status'), true);
  const problem = (key: string, path: string) =>
    `records.Member.${key}: ${path} lies in a nested Person; say under records.Person what is allowed of it`;
  assert.deepEqual(checkRows(rights, MODELS), [
    problem('fields', 'demographic_info.name'),
    problem('attributes', 'demographic_info.sex'),
  ]);
});

test('a partner whose row filter cannot be applied is answered nothing, and not told why', () => {
  const rights = rightsOf({ Person: { rows: toNode({ hat_size: 5 }) } });
  assert.throws(
    () => makeViews()(acting(partnerWith(rights, 1)), mapping(), TODAY),
    (error: unknown) =>
      error instanceof GatewayError && error.code === 'service.unavailable' && !error.message.includes('hat_size'),
  );
});

test('a view is made once for a version of a partner, a registry, a mapping and a day', () => {
  const rights = rightsOf({ Person: ALL_OF_A_RECORD });
  const partner = (version: number) => partnerWith(rights, version);
  const views = makeViews();
  const bound = mapping();
  const first = views(acting(partner(1)), bound, TODAY);
  assert.equal(views(acting(partner(1)), bound, TODAY), first);
  assert.notEqual(views(acting(partner(2)), bound, TODAY), first);
  assert.notEqual(views(acting(partner(1)), mapping(), TODAY), first);
  assert.notEqual(views(acting(partner(1)), bound, '2026-11-23'), first);
  assert.notEqual(views({ ...acting(partner(1)), registry: 'other' }, bound, TODAY), first);
  const policy = { rights: rightsOf({}), key: 'research' };
  assert.equal(views({ ...acting(partner(1)), policy }, bound, TODAY).of('Person'), undefined);
});
