import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError, formatProblem } from '../../src/config/source.ts';
import { configFolder, REGISTRY } from '../support/config-folder.ts';

const load = async (rights: string, registry = '') => {
  const partners = `  h: { client_id: h, sender_ids: [h], registries: { social: ${rights} } }`;
  const entry = REGISTRY.replace('domain: social', `domain: social\n${registry}`);
  using folder = configFolder(`partners:\n${partners}\nregistries:${entry}`);
  return await loadConfig({ file: folder.file, env: {} }); // before the folder goes
};

const problemOf = async (rights: string, registry?: string): Promise<string> => {
  try {
    await load(rights, registry);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem).join('\n');
  }
  return '';
};

const RULE = '    consent: { rule: { Person: { sex: "{purpose}" } } }';
const SCOPES = '    scopes: { basic: { Person: [sex] } }';

test('a purpose holds its legal basis, its scopes and what narrows it', async () => {
  const { partners } = await load(
    '{ records: all, default_purpose: a, purposes: { a: { basis: contract, scopes: [basic], records: { Group: all, Person: { rows: { sex: female } } } } } }',
    SCOPES,
  );
  const rights = partners[0]?.partner.registries.get('social');
  assert.equal(rights?.defaultPurpose, 'a');
  const purpose = rights?.purposes?.get('a');
  assert.deepEqual([purpose?.basis, purpose?.scopes], ['contract', ['basic']]);
  assert.deepEqual(purpose?.records?.get('Group'), {});
  const person = purpose?.records?.get('Person');
  assert.deepEqual([person?.fields, person?.attributes, person?.identifierTypes], [['sex'], ['sex'], undefined]);
  assert.ok(person?.rows);
});

test('consent that nobody decides stops the start', async () => {
  const asks = '{ records: all, purposes: { a: { basis: consent } } }';
  assert.match(await problemOf(asks), /partners\.h\.registries\.social\.purposes\.a\.basis needs consent, .*Fix: add registries\.social\.consent/); // biome-ignore format: one look
  assert.equal(await problemOf(asks, RULE), '');
  const other = '    consent: { purposes: { b: { Person: { sex: male } } } }';
  assert.match(await problemOf(asks, other), /purposes\.a\.basis needs consent/);
  const contract = '{ records: all, purposes: { a: { basis: contract } } }';
  assert.equal(await problemOf(contract, RULE), '');
  assert.match(await problemOf(contract, '    consent: { not_needed_for: [], purposes: { b: { Person: { sex: male } } } }'), /needs consent/); // biome-ignore format: one look
});

test('a partner without a purpose on a registry that asks for consent could do nothing', async () => {
  assert.match(await problemOf('{ records: all }', RULE), /:2:\d+ partners\.h\.registries\.social names no purposes/);
  assert.match(await problemOf('{ records: all, actions: [receive, status] }', RULE), /names no purposes/);
  assert.equal(await problemOf('{ records: {}, actions: [receive] }', RULE), '', 'an upstream that calls back is shown nothing'); // biome-ignore format: one look
});

test('names that are none are told with their place and a fix', async () => {
  const purpose = (text: string, more = '') => problemOf(`{ records: all, purposes: { aid: ${text} }${more} }`, SCOPES);
  assert.match(await purpose('{ basis: contrakt }'), /basis must be one of .*did you mean contract\?/);
  assert.match(await purpose('{}'), /basis is missing/);
  assert.match(await purpose('{ basis: contract, scopes: [basics] }'), /purposes\.aid\.scopes\.0 cannot be: .*did you mean basic\?/); // biome-ignore format: one look
  assert.match(await purpose('{ basis: contract, records: { Persom: all } }'), /purposes\.aid\.records\.Persom cannot be: .*did you mean Person\?/); // biome-ignore format: one look
  assert.match(await purpose('{ basis: contract }', ', default_purpose: aids'), /default_purpose cannot be: .*did you mean aid\?/); // biome-ignore format: one look
  const consent = (text: string) => problemOf('{ records: all, purposes: { a: { basis: contract } } }', `    consent: ${text}`); // biome-ignore format: one look
  assert.match(await consent('{ rule: { Persom: { sex: male } } }'), /consent\.rule\.Persom cannot be: .*did you mean Person\?/); // biome-ignore format: one look
  assert.match(await consent('{ rule: { Person: { sex: "{purposes}" } } }'), /consent\.rule\.Person holds \{purposes\}, which stands for nothing/); // biome-ignore format: one look
  assert.match(await consent('{}'), /consent does not say how consent is decided/);
  assert.match(await consent('{ not_needed_for: [contract], rules: {} }'), /did you mean rule\?/);
});
