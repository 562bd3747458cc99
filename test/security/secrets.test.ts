import assert from 'node:assert/strict';
import { createHmac, randomBytes, scryptSync } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Partner } from '../../src/security/partner.ts';
import {
  createSecrets,
  type HashFunctions,
  hashMadeSecret,
  makeClientId,
  makeSecret,
} from '../../src/security/secrets.ts';
import { partnerOf } from '../support/partners.ts';

const hmacKey = randomBytes(32);

/** Real functions that note every call. */
const counted = (slowMs = 0): { hash: HashFunctions; work: string[]; running: () => number } => {
  const work: string[] = [];
  let running = 0;
  let most = 0;
  return {
    work,
    running: () => most,
    hash: {
      keyed: (key, text) => {
        work.push('keyed');
        return createHmac('sha256', key).update(text).digest();
      },
      slow: async (text, salt, length) => {
        work.push('slow');
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, slowMs));
        running--;
        return scryptSync(text, salt, length, { N: 16 });
      },
    },
  };
};

const made = (id: string, secret: string): Partner => partnerOf(id, { secret: hashMadeSecret(secret, hmacKey) });

/** A partner whose typed secret this process has not seen: its hash comes from another one. */
const typedElsewhere = async (id: string, secret: string): Promise<Partner> =>
  partnerOf(id, { secret: await createSecrets({ hmacKey, hash: counted().hash }).hashTyped(secret, id) });

describe('client secrets', () => {
  it('are 256 random bits in base64url, each another', () => {
    const all = new Set(Array.from({ length: 1000 }, makeSecret));
    assert.equal(all.size, 1000);
    for (const secret of all) assert.match(secret, /^[A-Za-z0-9_-]{43}$/);
    assert.notEqual(makeClientId(), makeClientId());
  });

  it('that we made are kept as a keyed hash that tells nothing without the key', () => {
    const secret = makeSecret();
    const hash = hashMadeSecret(secret, hmacKey);
    assert.equal(hash.kind, 'hmac');
    assert.ok(!JSON.stringify(hash).includes(secret));
    assert.notDeepEqual(hashMadeSecret(secret, randomBytes(32)), hash);
  });

  it('that people typed are kept as scrypt, the same at every start for one owner, another for another', async () => {
    const one = createSecrets({ hmacKey });
    const hash = await one.hashTyped('secret123', 'a');
    assert.equal(hash.kind, 'scrypt');
    assert.deepEqual(await createSecrets({ hmacKey }).hashTyped('secret123', 'a'), hash);
    assert.notDeepEqual(await one.hashTyped('secret123', 'b'), hash);
    assert.ok(!JSON.stringify(hash).includes('secret123'));
  });

  it('are accepted when right and refused when wrong, missing, of another, or of a partner without one', async () => {
    const { hash } = counted();
    const secrets = createSecrets({ hmacKey, hash });
    const all = [made('a', 'sa'), made('b', 'sb'), await typedElsewhere('c', 'sc'), partnerOf('d')];
    const [a, b, c, d] = all;
    assert.equal(await secrets.verify(a, 'sa', all), true);
    assert.equal(await secrets.verify(c, 'sc', all), true);
    assert.equal(await secrets.verify(c, 'sc', all), true);
    for (const [partner, text] of [
      [a, 'sb'],
      [b, 'sa'],
      [a, ''],
      [a, 'SA'],
      [a, 'sa '],
      [c, 'sa'],
      [c, ''],
      [d, ''],
      [d, 'sa'],
      [undefined, 'sa'],
      [undefined, ''],
    ] as const) {
      assert.equal(await secrets.verify(partner, text, all), false, `${partner?.id} ${text}`);
    }
  });

  it('cost the same to refuse for an unknown client as for a known one of each kind', async () => {
    const { hash, work } = counted();
    const secrets = createSecrets({ hmacKey, hash });
    const typed = await typedElsewhere('typed', 'right');
    const all = [made('made', 'right'), typed, partnerOf('none')];
    const cost = async (partner: Partner | undefined, text: string): Promise<string> => {
      work.length = 0;
      await secrets.verify(partner, text, all);
      return work.join(' ');
    };
    const before = await Promise.all([cost(all[0], 'wrong')]);
    for (const partner of [...all, undefined]) assert.deepEqual([await cost(partner, 'wrong')], before, partner?.id);
    assert.deepEqual(before, ['keyed slow']);

    assert.equal(await secrets.verify(typed, 'right', all), true);
    for (const partner of [...all, undefined]) assert.equal(await cost(partner, 'wrong'), 'keyed', partner?.id);
    for (const partner of [all[0], typed])
      assert.equal(await cost(partner, 'right'), 'keyed', 'and right costs what wrong costs');
  });

  it('that were hashed at start never cost a slow hash again', async () => {
    const { hash, work } = counted();
    const secrets = createSecrets({ hmacKey, hash });
    const partner = partnerOf('a', { secret: await secrets.hashTyped('secret123', 'a') });
    work.length = 0;
    assert.equal(await secrets.verify(partner, 'secret123', [partner]), true);
    assert.equal(await secrets.verify(partner, 'wrong', [partner]), false);
    assert.deepEqual(work, ['keyed', 'keyed']);
  });

  it('are hashed slowly one at a time, and a full queue refuses with Retry-After', async () => {
    const { hash, running, work } = counted(5);
    const secrets = createSecrets({ hmacKey, hash });
    const partner = await typedElsewhere('a', 'right');
    const answers = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) => secrets.verify(partner, `wrong ${i}`, [partner])),
    );
    assert.equal(running(), 1);
    const refused = answers.filter((answer) => answer.status === 'rejected');
    assert.equal(refused.length, 21);
    for (const { reason } of refused) {
      assert.equal(reason.code, 'service.unavailable');
      assert.equal(reason.retryAfter, 1);
    }
    assert.equal(work.filter((each) => each === 'slow').length, 9);
    assert.equal(await secrets.verify(partner, 'right', [partner]), true, 'and it works again');
  });
});
