import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillVariables } from '../../src/config/environment.ts';
import { nearestName } from '../../src/config/nearest-name.ts';
import { parseDuration, parseSize, seconds } from '../../src/config/units.ts';
import fc from '../support/fast-check.ts';

test('durations are milliseconds, sizes bytes, anything else is none', () => {
  const durations = { '250ms': 250, '10s': 10_000, '5m': 300_000, '2h': 7_200_000, '30d': 2_592_000_000, '0s': 0 };
  for (const [text, value] of Object.entries(durations)) assert.equal(parseDuration(text), value, text);
  const sizes = { '500B': 500, '8KB': 8192, '1MB': 1_048_576, '2GB': 2_147_483_648 };
  for (const [text, value] of Object.entries(sizes)) assert.equal(parseSize(text), value, text);
  for (const text of ['', '10', 's', '1.5s', '-1s', '10 s', '10S', '1w', '1e3s', '9999999999s', '1mb', ' 1MB']) {
    assert.equal(parseDuration(text), undefined, text);
    assert.equal(parseSize(text), undefined, text);
  }
  assert.equal(seconds('1500ms'), 2);
});

test('a near name is found, a far one is not', () => {
  const known = ['host', 'port', 'trust_proxy', 'body_limit'];
  assert.equal(nearestName('prot', known), 'port');
  assert.equal(nearestName('trustProxy', known), 'trust_proxy');
  assert.equal(nearestName('Body-Limit', known), 'body_limit');
  assert.equal(nearestName('x', known), undefined);
  assert.equal(nearestName('encryption', known), undefined);
  assert.equal(nearestName('a', []), undefined);
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the configuration's own variables
test('variables: set, empty, missing, with a default, escaped', () => {
  const env = { A: 'one', EMPTY: '' };
  const texts = { '${A}': 'one', 'x${A}y${A}': 'xoney' + 'one', '${EMPTY}': '', '${EMPTY:-d}': 'd', '${N:-}': '', '${N:-a b}': 'a b', '$${A}': '${A}', '$A': '$A', '${a-b}': '${a-b}' }; // biome-ignore format: a table
  for (const [text, filled] of Object.entries(texts)) assert.equal(fillVariables(text, env).text, filled, text);
  assert.deepEqual(fillVariables('${N}${M}', env).missing, ['N', 'M']);
  assert.deepEqual(fillVariables('${toString}', env).missing, ['toString']);
});

test('what a variable holds is never looked at again', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      assert.equal(fillVariables('<${V}>', { V: value }).text, `<${value}>`);
    }),
  );
  assert.equal(fillVariables('${V}', { V: '${W}', W: 'secret' }).text, '${W}');
  assert.equal(fillVariables('${V}', { V: '$&$1$$' }).text, '$&$1$$');
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the configuration's own variables
