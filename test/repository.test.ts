import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT } from './support/source-files.ts';

const inGit = existsSync(join(PROJECT, '.git'));

const tracked = (): readonly string[] =>
  execFileSync('git', ['ls-files'], { cwd: PROJECT, encoding: 'utf8' }).split('\n').filter((file) => file !== '' && existsSync(join(PROJECT, file))); // biome-ignore format: one look

const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');

test('package-lock.json holds no download addresses', () => {
  const lock = read('package-lock.json');
  assert.doesNotMatch(lock, /"resolved"/);
  assert.doesNotMatch(lock, /https?:\/\/[^"]*\.tgz/);
});

test('the texts name no machine they were written on', { skip: !inGit && 'no git checkout' }, () => {
  // The classes keep this file from finding itself.
  const foreign = /(^|[^\w.-])\/(w[o]rk|f[a]rm|h[o]me\/[a-z]+|r[o]ot)\/|registry\.n[p]mjs|t[h]is session/;
  const found = tracked()
    .filter((file) => !/\.(csv|png|ico)$/.test(file) && file !== 'package-lock.json')
    .flatMap((file) => read(file).split('\n').flatMap((line, index) => (foreign.test(line) ? [`${file}:${index + 1}`] : []))); // biome-ignore format: one look
  assert.deepEqual(found, []);
});

test('every relative link in the documents leads somewhere', { skip: !inGit && 'no git checkout' }, () => {
  const broken = tracked()
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, link = '']) => ({ file, link }))
        .filter(({ link }) => !existsSync(join(PROJECT, file, '..', link))),
    );
  assert.deepEqual(broken, []);
});

test('the licence of the project is the one package.json names', () => {
  assert.equal((JSON.parse(read('package.json')) as { license: string }).license, 'Apache-2.0');
  assert.match(read('LICENSE'), /Apache License\s+Version 2\.0, January 2004/);
});
