import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { startedChild } from '../support/child.ts';
import { PROJECT } from '../support/source-files.ts';

test('the demo shows a search, a subscription, a notification and the end of it, and ends by itself', async () => {
  const child = spawn(process.execPath, [join(PROJECT, 'demo/main.ts')], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, output } = await startedChild(child, 100_000).ended;
  assert.equal(code, 0, output);
  const seen = [...output.matchAll(/action ([a-z-]+) /g)].map(([, action]) => action);
  assert.deepEqual(seen, ['on-search', 'on-subscribe', 'notify', 'on-unsubscribe']);
  assert.equal(output.match(/signature verifies: dci-spaced by key/g)?.length, 4);
  assert.doesNotMatch(output, /NOT VERIFIED/);
  assert.match(output, /"given_name": "María"/);
  assert.match(output, /"given_name": "Mari(ana|na|bel)"/);
  assert.match(output, /subscription SUB-\S+ no\. 1/);
  assert.match(output, /All of it worked/);
});
