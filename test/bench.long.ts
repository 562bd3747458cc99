import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { PROJECT } from './support/source-files.ts';

test('the benchmark runs and prints every ratio beside its goal', { timeout: 300_000 }, async () => {
  const env = { ...process.env, BENCH_PERSONS: '20000', BENCH_TURNS: '1', BENCH_SECONDS: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/main.ts'], { cwd: PROJECT, env });
  const measured = stdout.includes('sodium-native is not installed') ? ['node'] : ['node', 'sodium'];
  for (const gateway of measured) {
    for (const what of [
      "requests a second / floor's",
      'p99 / p50',
      'own overhead',
      'page of 100 / its canonical text',
    ]) {
      assert.match(
        stdout,
        new RegExp(`^(ok  |MISS) gateway, ${gateway}: ${what}.* \\d+\\.\\d\\d.*goal [<>]=? [\\d.]+`, 'm'),
      );
    }
  }
  if (process.platform === 'linux') assert.match(stdout, /memory at its peak +\d+/);
});

test('the benchmark of the asynchronous half runs and prints every figure with its store', {
  timeout: 300_000,
}, async () => {
  const env = { ...process.env, BENCH_ASYNC_TURNS: '1', BENCH_ASYNC_SECONDS: '1', BENCH_BACKLOG: '1000' };
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/async/main.ts'], { cwd: PROJECT, env });
  for (const what of [
    'SQLite: callbacks a second, 1000 waiting',
    'SQLite: callbacks a second, 1000 waiting / bare loop',
    'SQLite: rate with 1000 waiting / with 100',
    'SQLite: first of 1000 waiting',
    'SQLite: idle, from its acceptance in the outbox, p99',
    'memory: a change and 10000 subscriptions, \\d+ of which it meets',
    ...(stdout.includes('MongoDB') ? ['MongoDB \\(\\w+\\): callbacks / writes alone'] : []),
  ])
    assert.match(stdout, new RegExp(`^(ok  |MISS) ${what} +\\d+(\\.\\d\\d)?(/s| ms)? +goal [<>]= [\\d.]+`, 'm'));
  assert.match(stdout, /^ +SQLite: accepted requests a second.* \d+/m);
});
