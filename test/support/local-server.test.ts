import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { type Recipe, startServer } from './local-server.ts';

const sh = (script: string) => ({ command: '/bin/sh', args: ['-c', script] });
const silently = async () => undefined;
const never = async () => Promise.reject(new Error('nobody there'));

test('a server that was killed while it started is told with what it said, and started again elsewhere', async (t) => {
  const told = t.mock.method(process.stderr, 'write', () => true);
  const folders: string[] = [];
  const recipe: Recipe = {
    name: 'Small server',
    launch: ({ folder }) => {
      folders.push(folder);
      return folders.length === 1 ? sh('echo out of memory >&2; kill -9 $$') : sh('exec sleep 60');
    },
    ready: () => (folders.length === 1 ? never() : silently()),
  };
  const server = await startServer(recipe);
  const [line] = told.mock.calls.map(({ arguments: [text] }) => String(text));
  told.mock.restore();
  assert.match(line ?? '', /Small server, attempt 1 of 3.*ended with SIGKILL\nout of memory/s);
  assert.deepEqual(folders.map(existsSync), [false, true]);
  await server.dispose();
  assert.deepEqual(folders.map(existsSync), [false, false]);
});

test('what cannot be installed in three attempts is an error with its reason', async (t) => {
  const told = t.mock.method(process.stderr, 'write', () => true);
  const recipe: Recipe = {
    name: 'Small server',
    install: () => sh('echo no room; kill -6 $$'),
    launch: () => assert.fail('it is not installed'),
    ready: silently,
  };
  await assert.rejects(startServer(recipe), /failed: it ended with SIGABRT\nno room/);
  assert.equal(told.mock.callCount(), 3);
});

test('a server that has ended is not taken for another that answers in its place', async (t) => {
  t.mock.method(process.stderr, 'write', () => true);
  const recipe: Recipe = {
    name: 'Small server',
    launch: () => sh('echo port taken; exit 3'),
    ready: () => new Promise((resolve) => setTimeout(resolve, 300)),
  };
  await assert.rejects(startServer(recipe), /ended with 3\nport taken/);
});
