import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { rootSchema } from '../src/config/schema/root.ts';
import type { JsonNode } from '../src/dci/json-node.ts';
import { parseJson } from '../src/dci/json-parse.ts';
import { ERROR_RULES } from '../src/errors.ts';
import { decodeQuery } from '../src/query/decode.ts';
import { configFolder } from './support/config-folder.ts';
import { encryptFor, encryptionPair } from './support/jwe.ts';
import { runCli } from './support/run-cli.ts';
import { PROJECT } from './support/source-files.ts';

const read = (name: string): string => readFileSync(join(PROJECT, 'docs', name), 'utf8');

const LIMITS = {
  predicates: 100,
  treeNodes: 200,
  inValues: 1000,
  identifiersPerList: 100,
  graphqlBytes: 8192,
  graphqlTokens: 500,
};

test('every query that the partner’s page shows is understood', () => {
  const table = read('partner.md').split('### Queries')[1]?.split('\n\nText compares')[0] ?? '';
  const shown = [...table.matchAll(/`([{[][^`]*[}\]])`/g)].map(([, query = '']) => query);
  assert.equal(shown.length, 6);
  for (const text of shown) {
    const graphql = /^\{ [A-Z]/.test(text);
    const query: JsonNode = graphql ? text : parseJson(text, { maxDepth: 32 }).root;
    assert.doesNotThrow(() => decodeQuery(query, LIMITS), text);
  }
});

test('the error codes of the partner’s page are the gateway’s', () => {
  const codes = new Set(Object.values(ERROR_RULES).map(({ code }) => code));
  const named = [...read('partner.md').matchAll(/`(err\.[\w.]+)`/g)].map(([, code = '']) => code);
  assert.ok(named.length > 5);
  assert.deepEqual(named.filter((code) => !codes.has(code as never)), []); // biome-ignore format: one look
});

test('the partner’s page opens an answer as it says', async () => {
  const program = /```js\n(import [^`]*)```/.exec(read('partner.md'))?.[1] ?? '';
  const pair = encryptionPair('rsa');
  using folder = configFolder('');
  const key = folder.write('health-enc.pem', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, key], { cwd: PROJECT });
  child.stdin.end(JSON.stringify({ header: {}, message: await encryptFor(pair.jwk, { transaction_id: 'Zoë' }) }));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.deepEqual(JSON.parse(out || err), { transaction_id: 'Zoë' });
});

test('settings that the pages name in dots exist', () => {
  const sections = (rootSchema as { properties: Record<string, { properties?: object }> }).properties;
  for (const page of ['operate.md', 'security.md']) {
    for (const [, section = '', key = ''] of read(page).matchAll(
      /`(server|store|tokens|signatures|outbound|limits|identity)\.(\w+)`/g,
    )) {
      assert.ok(key in (sections[section]?.properties ?? {}), `${page}: ${section}.${key}`);
    }
  }
});

test('the commands that the pages name exist', async () => {
  const named = ['operate.md', 'partner.md', 'integrate.md', '../README.md'].flatMap((page) =>
    [...read(page).matchAll(/npx dci-gateway ([a-z]+)((?: [a-z][a-z-]*)?)/g)].map(([, command = '', sub = '']) => [
      command,
      sub.trim(),
    ]),
  );
  const groups = new Map<string, string>();
  for (const name of ['', 'partner', 'keys']) groups.set(name, (await runCli([name, '--help'].filter(Boolean))).out);
  for (const [command = '', sub = ''] of named) {
    assert.match(groups.get('') ?? '', new RegExp(`^ +${command}\\b`, 'm'), command);
    if (groups.has(command) && sub !== '')
      assert.match(groups.get(command) ?? '', new RegExp(`^ +${sub}\\b`, 'm'), `${command} ${sub}`);
  }
});
