import assert from 'node:assert/strict';
import { copyFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { runCli } from '../support/run-cli.ts';
import { PROJECT } from '../support/source-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('partner and keys commands work from a shell, beside each other, and tell mistakes in a line with status 1', async () => {
  await using place = await temporaryFolder();
  await copyFile(join(PROJECT, 'config/gateway.yaml'), join(place.folder, 'gateway.yaml'));
  await cp(join(PROJECT, 'config/sample'), join(place.folder, 'sample'), { recursive: true });
  const env = { DCI_CONFIG: join(place.folder, 'gateway.yaml') };
  const run = (...args: string[]) => runCli(args, { env });

  const [added, listed] = await Promise.all([
    run('partner', 'add', 'health', '--sender', 'health.gov.example', 'second.example', '--per-minute', '7'),
    run('keys', 'list'),
  ]);
  assert.equal(added.status, 0, added.err);
  assert.match(added.out, /client_secret: [\w-]{43}\n/);
  assert.match(listed.out, /messages\tactive/);

  const granted = await run(
    'partner',
    'grant',
    'health',
    'sample',
    '--record',
    'Person',
    '--fields',
    'name, sex',
    '--attributes',
    'all',
    '--actions',
    '',
  );
  assert.equal(granted.status, 0, granted.err);
  assert.equal((await run('partner', 'set-encryption', 'health', 'required')).status, 0);
  const shown = JSON.parse((await run('partner', 'show', 'health')).out);
  assert.deepEqual(shown.senderIds, ['health.gov.example', 'second.example']);
  assert.deepEqual(shown.limits, { perMinute: 7 });
  assert.equal(shown.encryption, 'required');
  assert.deepEqual(shown.registries.sample, {
    width: 'selective',
    actions: [],
    records: { Person: { attributes: 'all', fields: ['name', 'sex'], identifierTypes: [] } },
  });

  const absent = join(place.folder, 'absent.pem');
  for (const [args, message] of [
    [['partner', 'show', 'nobody'], /There is no partner nobody/],
    [['partner', 'set-key', 'health', '--file', absent], /absent\.pem/],
    [['partner', 'set-key', 'health', '--use', 'enc', '--key-id', 'k'], /has no encryption key k/],
    [['partner', 'set-encryption', 'health', 'maybe'], /Allowed choices are optional, required/],
  ] as const) {
    const { status, err, out } = await run(...args);
    assert.equal(status, 1, args.join(' '));
    assert.match(err, message);
    assert.ok(!/\n\s+at /.test(err), 'no stack');
    assert.equal(out, '');
  }
});
