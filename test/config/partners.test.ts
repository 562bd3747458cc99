import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { ConfiguredPartner } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError, formatProblem } from '../../src/config/source.ts';
import { configFolder, REGISTRY } from '../support/config-folder.ts';

const load = async (
  partners: string,
  files: Record<string, string> = {},
  registry = REGISTRY,
): Promise<readonly ConfiguredPartner[]> => {
  using folder = configFolder(`partners:\n${partners}\nregistries:${registry}`);
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  return (await loadConfig({ file: folder.file, env: {} })).partners;
};

const problemOf = async (partners: string, registry = REGISTRY): Promise<string> => {
  try {
    await load(partners, {}, registry);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem).join('\n');
  }
  return '';
};

const only = async (entry: string, files: Record<string, string> = {}): Promise<ConfiguredPartner> => {
  const [partner] = await load(`  health: { client_id: h, sender_ids: [h.example], ${entry} }`, files);
  assert.ok(partner);
  return partner;
};

const rightsOf = async (registries: string) =>
  (await only(`registries: ${registries}`)).partner.registries.get('social');

test('a partner that says little may do nothing and must sign', async () => {
  const { partner, secretText } = await only('name: Health');
  assert.equal(secretText, undefined);
  assert.equal(partner.id, 'health');
  assert.equal(partner.active, true);
  assert.equal(partner.demo, false);
  assert.equal(partner.source, 'config');
  assert.deepEqual(partner.signature, {
    accept: ['dci-spaced', 'dci-compact', 'dci-normalised'],
    send: 'dci-spaced',
    require: 'required',
    replay: 'answer',
  });
  assert.equal(partner.registries.size, 0);
  assert.deepEqual(partner.limits, {});
  assert.deepEqual(partner.keys, []);
});

test('rights are closed but for what is listed', async () => {
  const rights = await rightsOf('{ social: { records: { Person: { fields: [birth_date], rows: { sex: female } } } } }');
  assert.equal(rights?.width, 'selective');
  assert.deepEqual(rights?.actions, ['search', 'status']);
  assert.deepEqual([...(rights?.records.keys() ?? [])], ['Person']);
  assert.deepEqual(rights?.records.get('Person'), {
    fields: ['birth_date'],
    attributes: [],
    identifierTypes: [],
    rows: Object.assign(Object.create(null), { sex: 'female' }),
  });
  assert.equal((await rightsOf('{ social: { records: {} } }'))?.records.size, 0);
});

test('all is a word that has to be written, for a record and for all of them', async () => {
  const everything = { fields: 'all', attributes: 'all', identifierTypes: 'all' };
  const one = await rightsOf('{ social: { search: any, actions: all, records: { Group: all } } }');
  assert.equal(one?.width, 'any');
  assert.equal(one?.actions, 'all');
  assert.deepEqual([...(one?.records ?? [])], [['Group', everything]]);
  const all = await rightsOf('{ social: { records: all } }');
  assert.deepEqual(
    [...(all?.records ?? [])],
    [
      ['Person', everything],
      ['Group', everything],
    ],
  );
});

test('limits, callbacks, scopes and signature policy are taken over', async () => {
  const { partner, secretText } = await only(
    'client_secret: hush-hush-hush, limits: { per_minute: 7, max_records: 9 }, callbacks: ["https://h.example:8443"], scopes: [registry.search], ' +
      'signature: { require: optional, optional_until: 2027-01-31, send: jws, accept: [jws], replay: refuse }, jwks_url: "https://h.example/keys", active: false',
  );
  assert.equal(secretText, 'hush-hush-hush');
  assert.equal(partner.secret, undefined);
  assert.deepEqual(partner.limits, { perMinute: 7, maxRecords: 9 });
  assert.deepEqual(partner.callbacks, ['https://h.example:8443']);
  assert.deepEqual(partner.scopes, ['registry.search']);
  assert.deepEqual(partner.signature, {
    accept: ['jws'],
    send: 'jws',
    require: 'optional',
    optionalUntil: '2027-01-31',
    replay: 'refuse',
  });
  assert.equal(partner.jwksUrl, 'https://h.example/keys');
  assert.equal(partner.active, false);
});

test('keys come from PEM, JWK and files', async () => {
  const keys = ['ed25519', 'ed25519', 'ed25519'].map(() => generateKeyPairSync('ed25519').publicKey);
  const [pem, jwk, file] = keys.map((key) => ({
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    jwk: key.export({ format: 'jwk' }),
  }));
  const { partner } = await only(
    `keys: [{ key_id: a, pem: ${JSON.stringify(pem?.pem)} }, { key_id: b, jwk: ${JSON.stringify(jwk?.jwk)} }, { key_id: c, file: keys/c.pem, active: false }]`,
    { 'keys/c.pem': file?.pem ?? '' },
  );
  assert.deepEqual(
    partner.keys.map(({ keyId, algorithm, active, jwk: { x } }) => [keyId, algorithm, active, x]),
    [
      ['a', 'ed25519', true, pem?.jwk.x],
      ['b', 'ed25519', true, jwk?.jwk.x],
      ['c', 'ed25519', false, file?.jwk.x],
    ],
  );
});

const keyProblem = (key: string): Promise<string> =>
  problemOf(`  h: { client_id: h, sender_ids: [h], keys: [${key}] }`);

test('a key that cannot be used is refused where it stands', async () => {
  assert.match(await keyProblem('{ key_id: a, pem: rubbish }'), /:2:\d+ partners\.h\.keys\.0 cannot be used/);
  const secret = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  assert.match(await keyProblem(`{ key_id: a, jwk: ${JSON.stringify(secret)} }`), /private key/);
  assert.match(await keyProblem('{ key_id: a, file: none.pem }'), /cannot be read \(ENOENT\)/);
  assert.match(await keyProblem('{ key_id: a }'), /needs one of pem, jwk and file/);
  assert.match(await keyProblem('{ pem: x }'), /keys\.0\.key_id is missing/);
});

for (const [what, partners, found] of [
  [
    'an unknown registry',
    '  h: { client_id: h, sender_ids: [h], registries: { socal: { records: all } } }',
    /there is no registry socal\. Fix: did you mean social\?/,
  ],
  [
    'an unknown operation',
    '  h: { client_id: h, sender_ids: [h], registries: { social: { actions: [serach], records: all } } }',
    /actions\.0 .*search/,
  ],
  [
    'a scope of no operation',
    '  h: { client_id: h, sender_ids: [h], scopes: [search] }',
    /scopes\.0 .*write registry\. and an operation: registry\.search/,
  ],
  [
    'an unknown record type',
    '  h: { client_id: h, sender_ids: [h], registries: { social: { records: { Persn: all } } } }',
    /no record type Persn\. Fix: did you mean Person\?/,
  ],
  [
    'a right that is neither all nor a list',
    '  h: { client_id: h, sender_ids: [h], registries: { social: { records: { Person: { fields: any } } } } }',
    /fields must be all\. Fix: write all, or a list of names/,
  ],
  [
    'an unknown right',
    '  h: { client_id: h, sender_ids: [h], registries: { social: { records: { Person: { field: all } } } } }',
    /field is not a known key\. Fix: did you mean fields\?/,
  ],
  [
    'a client id that two have',
    '  a: { client_id: x, sender_ids: [a] }\n  b: { client_id: x, sender_ids: [b] }',
    /partners\.b\.client_id is a's as well/,
  ],
  [
    'a sender id that two have',
    '  a: { client_id: a, sender_ids: [x] }\n  b: { client_id: b, sender_ids: [y, x] }',
    /partners\.b\.sender_ids\.1 is a's as well/,
  ],
  [
    'a demo partner on a real registry',
    '  h: { client_id: h, sender_ids: [h], demo: true, registries: { social: { records: all } } }',
    /binds a demo partner to a registry that is not marked sample/,
  ],
  [
    'a name with capitals',
    '  Health: { client_id: h, sender_ids: [h] }',
    /partners\.Health is not a name that can be used here/,
  ],
  ['a partner without sender ids', '  h: { client_id: h, sender_ids: [] }', /sender_ids needs at least one entry/],
  [
    'a sender id over 99 characters',
    `  h: { client_id: h, sender_ids: [${'x'.repeat(100)}] }`,
    /sender_ids\.0 must NOT have more than 99 characters/,
  ],
  [
    'a callback that is no origin',
    '  h: { client_id: h, sender_ids: [h], callbacks: ["https://h.example/on-search"] }',
    /callbacks\.0 is no origin\. Fix: write scheme, host and port only/,
  ],
  [
    'a static token beside fetched ones',
    '  h: { client_id: h, sender_ids: [h], callback: { bearer: b, token_url: "https://h.example/token", client_id: us, client_secret: s } }',
    /gateway\.yaml:\d+:\d+ partners\.h\.callback\.bearer stands beside token_url, and one token can be sent\. Fix: remove bearer/,
  ],
  [
    'a token endpoint without credentials',
    '  h: { client_id: h, sender_ids: [h], callback: { token_url: "https://h.example/token", client_id: us } }',
    /callback\.token_url has no client_secret beside it\. Fix: give client_id and client_secret/,
  ],
  [
    'credentials without a token endpoint',
    '  h: { client_id: h, sender_ids: [h], callback: { client_id: us, client_secret: s } }',
    /callback\.client_id has no token_url/,
  ],
  [
    'a token endpoint that would not be called',
    '  h: { client_id: h, sender_ids: [h], callback: { token_url: "https://10.0.0.9/token", client_id: us, client_secret: s } }',
    /callback\.token_url would not be called: https:\/\/10\.0\.0\.9 is an address that may not be connected/,
  ],
  [
    'a callback address with credentials in it, which would never be called',
    '  h: { client_id: h, sender_ids: [h], callbacks: ["https://h.example"], callback: { url: "https://us:hush@h.example/dci" } }',
    /^[^\n]*callback\.url would not be called: a URL with userinfo(?!.*hush)/s,
  ],
  [
    'a callback address in a private network that nothing allows',
    '  h: { client_id: h, sender_ids: [h], callbacks: ["https://10.0.0.9"], callback: { url: "https://10.0.0.9/dci" } }',
    /callback\.url would not be called: https:\/\/10\.0\.0\.9 is an address .* write private_network: true/,
  ],
  [
    'a header that the token is sent in',
    '  h: { client_id: h, sender_ids: [h], callback: { bearer: b, headers: { authorization: x } } }',
    /callback\.headers\.authorization stands beside bearer\. Fix: remove one of them/,
  ],
  [
    'a token with a line break at its end, as files have it',
    '  h: { client_id: h, sender_ids: [h], callback: { bearer: "hush\\n" } }',
    /callback\.bearer is not written as it must be\. Fix: write the token alone, without blanks and line breaks$/,
  ],
  [
    'a header that cannot be sent',
    '  h: { client_id: h, sender_ids: [h], callback: { headers: { X-Name: "Ołena" } } }',
    /callback\.headers\.X-Name is not written as it must be\. Fix: write visible letters of ASCII/,
  ],
  [
    'a key __proto__',
    '  h: { client_id: h, sender_ids: [h], registries: { __proto__: { records: all } } }',
    /has a key __proto__/,
  ],
] as const) {
  test(`${what} is refused`, async () => {
    assert.match(await problemOf(partners), found);
  });
}

test('what access tokens for callbacks are fetched with is taken over', async () => {
  const token = 'token_url: "https://10.0.0.9/token", client_id: us, client_secret: s, token_style: basic, scope: dci';
  const [found] = await load(`  h: { client_id: h, sender_ids: [h], callback: { ${token}, private_network: true } }`);
  assert.deepEqual(found?.partner.callback?.token, {
    ...{ url: 'https://10.0.0.9/token', clientId: 'us', clientSecret: 's', style: 'basic', scope: 'dci' },
  });
});

test('a callback address in a private network is taken where the partner may have one', async () => {
  const callback = 'callbacks: ["https://10.0.0.9"], callback: { url: "https://10.0.0.9/dci", private_network: true }';
  const [found] = await load(`  h: { client_id: h, sender_ids: [h], ${callback} }`);
  assert.equal(found?.partner.callback?.url, 'https://10.0.0.9/dci');
});

test('a demo partner may be bound to a registry marked sample', async () => {
  const partners = '  h: { client_id: h, sender_ids: [h], demo: true, registries: { social: { records: all } } }';
  assert.equal(
    (await load(partners, {}, REGISTRY.replace('domain: social', 'domain: social\n    sample: true')))[0]?.partner.demo,
    true,
  );
});

test('a secret that somebody could guess is refused, but for demo partners', async () => {
  const secret = (text: string, more = '') =>
    problemOf(`  h: { client_id: h, sender_ids: [h], client_secret: "${text}"${more} }`);
  assert.match(await secret('elevenchars'), /client_secret is shorter than 12 characters/);
  assert.doesNotMatch(await secret('elevenchars'), /elevenchars/);
  assert.equal(await secret('twelve chars'), '');
  assert.equal(await secret('short', ', demo: true'), '');
});

test('a key set at an address that would not be fetched stops the start', async () => {
  const keySet = (url: string, outbound = '') =>
    problemOf(`  h: { client_id: h, sender_ids: [h], jwks_url: "${url}" }${outbound}`);
  const allowed = '\noutbound: { allow_origins: ["http://h.example:81"] }';
  assert.match(await keySet('http://h.example/keys'), /jwks_url would not be fetched: .*allow_origins/);
  assert.match(await keySet('https://h.example:8443/keys'), /jwks_url/);
  assert.match(await keySet('https://me@h.example/keys'), /userinfo/);
  assert.match(await keySet('https://10.0.0.1/keys'), /jwks_url would not be fetched: .*may not be connected/);
  const network = '\noutbound: { private_origins: ["https://10.0.0.1"] }';
  assert.equal(await keySet('https://10.0.0.1/keys', network), '');
  assert.equal(await keySet('https://8.8.8.8/keys'), '');
  assert.match(await keySet('ftp://h.example/keys', allowed), /jwks_url/);
  assert.equal(await keySet('http://h.example:81/keys', allowed), '');
  assert.equal(await keySet('https://h.example/keys'), '');
});

test('records go out as the standard has them unless another output is given', async () => {
  const outputOf = async (entry: string) => (await only(entry)).partner.output;
  const standard = { profile: 'standard', values: 'codes', identifierTypes: 'codes' };
  assert.deepEqual(await outputOf('name: Health'), standard);
  assert.deepEqual(await outputOf('output: { values: labels }'), { ...standard, values: 'labels' });
  assert.deepEqual(await outputOf('output: { profile: openspp }'), {
    ...{ profile: 'openspp', values: 'codes', identifierTypes: 'names' },
  });
  const { identifierTypes } = (await outputOf('output: { profile: openspp, identifier_types: codes }')) ?? {};
  assert.equal(identifierTypes, 'codes');
  const named = await outputOf('output: { identifier_types: { "urn:a": National ID } }');
  assert.deepEqual(named, { ...standard, identifierTypes: 'names', typeNames: { 'urn:a': 'National ID' } });
});

test('an output that is none is refused', async () => {
  const entry = (output: string): string => `  health: { client_id: h, sender_ids: [h.example], output: ${output} }`;
  assert.match(await problemOf(entry('{ profile: opensp }')), /output\.profile must be one of .*did you mean openspp/);
  assert.match(await problemOf(entry('{ identifier_types: name }')), /identifier_types must be one of codes, names/);
  assert.match(await problemOf(entry('{ identifier_types: { a: [b] } }')), /identifier_types\.a must be text/);
  assert.match(await problemOf(entry('{ identifier_types: {} }')), /identifier_types needs at least one entry/);
});
