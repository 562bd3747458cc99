import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/load.ts';
import { configFolder } from './support/config-folder.ts';
import { freePort } from './support/local-server.ts';
import { PROJECT } from './support/source-files.ts';

const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);

const [install = '', search = '', work = ''] = blocks('sh');
const [answer = ''] = blocks('json');

let server: ChildProcess | undefined;
let url = '';
let cwd = '';

/** Runs a line of the README in a shell. */
const shell = async (command: string): Promise<string> => {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', command], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const out = await text(child.stdout);
  const [status] = await ended;
  assert.equal(status, 0, `${command} ended with ${status}`);
  return out;
};

before(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'dci-readme-'));
  const start = install.trim().split('\n').at(-1) ?? '';
  const port = await freePort();
  const env = {
    ...process.env,
    PORT: String(port),
    ADMIN_PORT: String(await freePort()),
    STATE_FOLDER: join(cwd, 'state'),
  };
  server = spawn('bash', ['-c', `exec ${start}`], {
    cwd: PROJECT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  url = `http://127.0.0.1:${port}`;
  await new Promise<void>((resolve, reject) => {
    server?.stdout?.on('data', (chunk) => String(chunk).includes('gateway listens') && resolve());
    server?.once('exit', (status) => reject(new Error(`npm start ended with ${status}`)));
  });
});

after(async () => {
  if (server?.pid !== undefined && server.exitCode === null) {
    process.kill(server.pid, 'SIGTERM'); // npm alone, as a process manager or an operator does it
    await once(server, 'exit');
    for (const until = performance.now() + 5_000; await answers(); await sleep(50)) {
      if (performance.now() < until) continue;
      process.kill(-server.pid, 'SIGKILL');
      assert.fail('npm ended and left the gateway behind');
    }
  }
  rmSync(cwd, { recursive: true, force: true });
});

const answers = (): Promise<boolean> =>
  fetch(`${url}/health/live`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Everything the README shows is there; `…` stands for any value, what is left out is not looked at. */
const assertShown = (shown: unknown, real: unknown, path: string): void => {
  if (typeof shown !== 'object' || shown === null) {
    if (shown === '…') assert.notEqual(real, undefined, path);
    else assert.equal(real, shown, path);
    return;
  }
  assert.ok(typeof real === 'object' && real !== null, `${path} is there`);
  for (const [key, value] of Object.entries(shown)) {
    assertShown(value, (real as Record<string, unknown>)[key], `${path}.${key}`);
  }
};

test('the two commands are those of package.json', () => {
  assert.equal(install, 'npm ci\nnpm start\n');
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [, name = ''] of readme.matchAll(/npm run ([\w:]+)/g)) assert.ok(name in scripts, name);
  for (const name of ['start', 'test']) assert.ok(name in scripts);
  assert.equal(work, 'npm test\nnpm run check\n');
  const ci = readFileSync(join(PROJECT, '.ci/run'), 'utf8');
  for (const line of ['npm ci', 'npm test', 'npm run check', 'npm run test:long']) {
    assert.match(ci, new RegExp(`^${line} </dev/null$`, 'm'), `.ci/run runs ${line}`);
  }
});

test('the search of the README answers what the README shows, again and again', async () => {
  for (let round = 0; round < 2; round++) {
    const out = await shell(search.replaceAll('http://127.0.0.1:8080', url));
    const real: unknown = JSON.parse(out);
    assertShown(JSON.parse(answer), real, 'answer');
  }
});

test('without the token there is no answer', async () => {
  const out = await shell(search.replaceAll('http://127.0.0.1:8080', url).replace('Bearer $TOKEN', 'Bearer none'));
  assert.match(out, /err\.request\.unauthorized/);
  assert.doesNotMatch(out, /12345678/);
});

test('the pages the README names are served', async () => {
  for (const [, path = ''] of readme.matchAll(/http:\/\/127\.0\.0\.1:8080(\/docs)\b/g)) {
    assert.equal((await fetch(`${url}${path}`)).status, 200);
  }
});

test('the registry entry of the README and of the documents loads', async () => {
  for (const file of ['README.md', 'docs/integrate.md']) {
    const documents = readFileSync(join(PROJECT, file), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm);
    for (const [, yaml = ''] of documents) {
      assert.ok('registries' in (parse(yaml) as object));
      using folder = configFolder(yaml);
      const { registries } = await loadConfig({
        file: folder.file,
        env: { REGISTRY_URL: 'postgres://127.0.0.1/registry' },
      });
      assert.equal(registries[0]?.id, 'social');
    }
  }
});
