/** A full disk under the embedded store: refused, not lost, and no restart is needed afterwards. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../support/local-server.ts';
import { gatewayProcess } from '../support/storm/gateway-process.ts';
import { assertCallbacks, toldTo } from '../support/storm/nothing-lost.ts';
import { searchEnvelope, stormClient } from '../support/storm/storm-client.ts';
import { assertStatusTrue, comeToRest } from '../support/storm/storm-end.ts';
import { runLoad } from '../support/storm/storm-load.ts';
import { stormWorld } from '../support/storm/storm-world.ts';

const SEARCHES = 100;
const SIZE_MB = 128;
/** Lanes go on within seconds: well before the lease of one that was at work ends, a minute and more after it was taken. */
const WITHIN_MS = 45_000;

interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Not a byte is left. */
  fill(): void;
  empty(): void;
}

/** A file system of its own in memory; undefined, with a loud line, where mounting is not permitted. */
const mountSmallDisk = (): SmallDisk | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-small-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=0700`, 'tmpfs', folder]);
  if (mounted.status !== 0) {
    rmdirSync(folder);
    // Also with CI=true: whoever runs it there need not be root, and no package could mend that.
    process.stderr.write('\n*** no small disk can be mounted (not root?): the test of a full disk is LEFT OUT ***\n\n');
    return undefined;
  }
  const unmount = (): void => {
    spawnSync('umount', ['-l', folder]);
    rmdirSync(folder);
  };
  process.on('exit', unmount);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => {
      const file = openSync(ballast, 'w');
      try {
        for (let size = 1 << 20; size > 0; size >>= 1) writeWhileItFits(file, Buffer.alloc(size));
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]: () => {
      unmount();
      process.off('exit', unmount);
    },
  };
};

const writeWhileItFits = (file: number, block: Buffer): void => {
  try {
    while (writeSync(file, block) === block.length);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause;
  }
};

const disk = mountSmallDisk();

test('a full disk: requests are refused with 503, and what was accepted before and after arrives', {
  timeout: 300_000,
  skip: disk === undefined,
}, async () => {
  assert.ok(disk);
  using small = disk;
  await using world = await stormWorld({ store: { folder: small.folder } });
  for (const receiver of world.receivers) receiver.mend();
  await using gateway = gatewayProcess(world.config, await freePort());
  await gateway.start();
  const pid = gateway.pid();
  const client = stormClient([gateway.url], world.key);
  const uri = `${world.receivers[0]?.origin}/searches`;
  const early = await runLoad(world, client, { searches: SEARCHES, changes: 0, overMs: 0 });

  small.fill();
  // Pages that the files have already may take some more; then there is an end.
  const accepted = new Map(early.searches);
  let refused = 0;
  for (let index = 0; refused < 10 && index < 2_000; index++) {
    const transaction = randomUUID();
    const envelope = searchEnvelope(transaction, '10000000', uri);
    const answer = await client.once('/search', envelope);
    if (answer.status === 202)
      accepted.set(transaction, { correlation: String(answer.body.message.correlation_id), envelope });
    else {
      assert.equal(answer.status, 503, answer.text);
      assert.match(answer.text, /err\.service\.unavailable/);
      assert.doesNotMatch(answer.text, /SQLITE|disk/i);
      refused += 1;
    }
  }
  assert.equal(refused, 10, 'it refuses while the disk is full');
  const whileFull = accepted.size - SEARCHES;

  small.empty();
  const late = await runLoad(world, client, { searches: SEARCHES, changes: 0, overMs: 0 });
  for (const [transaction, search] of late.searches) accepted.set(transaction, search);
  await comeToRest(world, client, { transactions: accepted.keys(), notifications: 0, withinMs: WITHIN_MS });
  assert.equal(gateway.pid(), pid, 'the same process');
  const told = toldTo(world.receivers);
  const known = told.calls.filter(({ body }) => accepted.has(String(body.message.transaction_id)));
  assertCallbacks({ ...told, calls: known }, 'on-search', [...accepted.keys()]);
  assert.equal(known.length, told.calls.length, 'what was refused was not worked on');
  await assertStatusTrue(world, client, accepted.keys());
  console.log(
    `full disk: ${accepted.size} accepted (${whileFull} while it was full), ${refused} refused, ${told.calls.length} deliveries`,
  );
});
