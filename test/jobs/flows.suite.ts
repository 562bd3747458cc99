/** Accepting, searching and delivering in every order of two workers' steps. */

import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import type { EncryptionKey } from '../../src/security/encryption/encrypt.ts';
import { ATTEMPTS, AUDIT, MEMORY, OUTBOX, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { StoreError } from '../../src/store/store.ts';
import { type Actor, explore } from '../support/explore.ts';
import {
  contentOf,
  type FlowOptions,
  flowsOf,
  LEASE_MS,
  notification,
  type Sent,
  subscribed,
} from '../support/explored-flows.ts';
import type { World } from '../support/explored-store.ts';

const SEARCHES = 'searches:health';
const DELIVER = 'deliver:health:https://health.example';

const actorOf = (store: Pick<Actor, 'documents' | 'lanes'>, world: World): Actor => ({
  ...store,
  effect: async (_name, work) => work(),
  now: () => world.now,
});

const KEY: EncryptionKey = {
  ...{ keyId: 'k', algorithm: 'RSA-OAEP-256', fingerprint: 'f' },
  keyObject: createSecretKey(Buffer.alloc(32)),
};

type Post = Sent & { readonly status: number };

const postsIn = (world: World): readonly Post[] =>
  world.effects.filter((each): each is Post => typeof each === 'object' && each !== null && 'url' in each);

const searchesIn = (world: World): number =>
  world.effects.filter((each) => typeof each === 'object' && each !== null && 'search' in each).length;

/** The header and message that a post carried. */
const contentsOf = (posts: readonly Post[]): readonly string[] => [...new Set(posts.map(({ body }) => body))];

const nameIn = (body: string): string | undefined => /"name":"([^"]*)"/.exec(body)?.[1];

/** One audit entry for each message, of what is in that message. */
const soundlyAudited = (world: World): void => {
  const told = contentsOf(postsIn(world)).map(nameIn).sort();
  const audited = world.state.all(AUDIT).map(({ outcome }) => outcome);
  assert.deepEqual(audited.sort(), told);
};

const finishWith =
  (options: FlowOptions = {}) =>
  (actor: Actor, world: World): Promise<void> =>
    flowsOf(actor, world, 'finish', options).settle();

interface Said {
  readonly said: string;
  /** The answer was in the outbox before status was asked for. */
  readonly found: boolean;
  readonly arrived: boolean;
}

const SAID_IN_ORDER = [
  'search received',
  'search running',
  'search done, callback not delivered yet',
  'search done, callback delivered',
];

/** How much goes wrong in one run: all of them together take minutes. */
export interface Trouble {
  /** Workers killed, between any two steps. */
  readonly crashes: number;
  /** How often the clock jumps past a lease while its owner sleeps. */
  readonly jumps: number;
}

export const exploreFlows = (name: string, { crashes, jumps }: Trouble): void => {
  /** Numbers of a subscription: every one more multiplies the ends. */
  const numbers = jumps === 0 ? [1, 2, 3] : [1, 2];
  const trouble = { crashes, jumps: { count: jumps, ms: LEASE_MS } };

  describe(`accepting, ${name}`, () => {
    it('answers a repeat on another replica the same, runs it once and loses nothing', async () => {
      const { places } = await explore({
        workers: ['a', 'b'].map((name) => async (actor: Actor, world: World) => {
          const ack = await flowsOf(actor, world, name).accept();
          await actor.effect('ack', () => void world.effects.push(ack));
        }),
        crashes,
        faults: jumps,
        finish: async (actor, world) => {
          world.effects.push(await flowsOf(actor, world, 'again').accept());
          await finishWith()(actor, world);
        },
        check: (world) => {
          const acks = world.effects.filter((each) => typeof each === 'string');
          assert.equal(new Set(acks).size, 1, 'one ack for all');
          const [transaction, ...others] = world.state.all(TRANSACTIONS);
          assert.equal(others.length, 0);
          assert.equal(transaction?.state, 'done');
          assert.equal(searchesIn(world), 1);
          assert.equal(contentsOf(postsIn(world)).length, 1);
          assert.equal(world.state.all(MEMORY).length, 1);
        },
      });
      assert.ok(places > 1, `${places} places`);
    });

    it('runs what was accepted although nobody asks again and its lane was not woken', async () => {
      await explore({
        workers: [
          async (actor, world) => {
            await flowsOf(actor, world, 'a').accept();
            await actor.effect('ack', () => void world.effects.push('ack'));
          },
        ],
        finish: finishWith(),
        check: (world) => {
          const [transaction] = world.state.all(TRANSACTIONS);
          if (transaction === undefined) assert.ok(!world.effects.includes('ack'), 'what was acknowledged is there');
          else assert.equal(postsIn(world).length, 1);
        },
      });
    });

    it('refuses the message id for other content, whoever comes first', async () => {
      await explore({
        workers: ['a', 'b'].map((name) => async (actor: Actor, world: World) => {
          const accepted = await flowsOf(actor, world, name)
            .accept({ transactionId: `t-${name}`, replay: { expires: 2_000_000, contentDigest: name.repeat(64) } })
            .then(
              () => 'accepted',
              (cause: Error & { code?: string }) => cause.code ?? cause.message,
            );
          await actor.effect('answer', () => void world.effects.push(accepted));
        }),
        crashes,
        check: (world) => {
          const said = [...world.effects].map(String).sort();
          if (crashes === 0) assert.equal(said.length, 2);
          assert.ok(said.length === new Set(said).size && said.every((each) => each === 'accepted' || each === 'message_id.duplicate')); // biome-ignore format: one look
          const made = world.state.all(TRANSACTIONS).length;
          assert.ok(said.includes('accepted') ? made === 1 : made <= 1, `${made} of ${said.join()}`);
        },
      });
    });
  });

  describe(`running a search, ${name}`, () => {
    const exploreRuns = async (options: FlowOptions, check: (world: World) => void) =>
      explore({
        start: async (store, world) => void (await flowsOf(actorOf(store, world), world, 'start').accept()),
        workers: ['a', 'b'].map(
          (name) => (actor: Actor, world: World) => flowsOf(actor, world, name, options).run(SEARCHES),
        ),
        ...trouble,
        finish: finishWith(options),
        check,
      });

    it('puts one answer into the outbox, with the message id that was made before the ack', async () => {
      const search = (starts: number) => [contentOf(`run ${starts}`)];
      const { places } = await exploreRuns({ search }, (world) => {
        const [transaction] = world.state.all(TRANSACTIONS);
        const entries = world.state.all(OUTBOX);
        assert.deepEqual([transaction?.state, transaction?.request], ['done', undefined]);
        assert.deepEqual(entries.map(({ _id, state }) => [_id, state]), [[K(transaction?._id ?? '', 'on-search'), 'delivered']]); // biome-ignore format: one look
        const posts = postsIn(world);
        assert.equal(contentsOf(posts).length, 1);
        assert.equal(posts[0]?.messageId, transaction?.outgoingMessageId);
        soundlyAudited(world);
      });
      assert.ok(places > 1, `${places} places`);
    });

    it('sends the parts of one run, although another run found something else', async () => {
      const search = (starts: number) =>
        starts === 1 ? [contentOf('first 1'), contentOf('first 2')] : [contentOf(`run ${starts}`)];
      await exploreRuns({ search }, (world) => {
        const posts = postsIn(world);
        const runs = new Set(posts.map(({ body }) => (body.includes('"first ') ? 'first' : 'other')));
        assert.equal(runs.size, 1, 'no mixture');
        const ids = new Set(posts.map(({ messageId }) => messageId));
        assert.equal(ids.size, runs.has('first') ? 2 : 1);
        assert.equal(contentsOf(posts).length, ids.size, 'one content an id');
        soundlyAudited(world);
        assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
      });
    });

    it('gives a request that ends its process up after five starts, and says so', async () => {
      let crashes = 0;
      await explore({
        start: async (store, world) => void (await flowsOf(actorOf(store, world), world, 'start').accept()),
        workers: [],
        finish: async (actor, world) => {
          crashes = 0;
          const search = (): never => {
            crashes += 1;
            throw new TypeError('a fault of ours');
          };
          await flowsOf(actor, world, 'finish', { search }).settle();
        },
        check: (world) => {
          assert.equal(crashes, 1, 'a fault is not tried again');
          assert.match(postsIn(world)[0]?.body ?? '', /"status":"rjct"/);
        },
      });
      await explore({
        start: async (store, world) => void (await flowsOf(actorOf(store, world), world, 'start').accept()),
        workers: [
          async (actor, world) => {
            for (let start = 0; start < 6; start++) {
              // The process dies while it searches: what follows never happens.
              const dying: Actor = { ...actor, effect: () => Promise.reject(new StoreError('killed')) };
              await flowsOf(dying, world, `a${start}`).run(SEARCHES);
              world.now += LEASE_MS;
            }
          },
        ],
        crashes: 0,
        finish: finishWith(),
        check: (world) => {
          assert.equal(searchesIn(world), 0);
          assert.match(postsIn(world)[0]?.body ?? '', /"status":"rjct"/);
          assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
        },
      });
    });
  });

  describe(`asking for status, ${name}`, () => {
    it('never says less than was said before, nor that a callback arrived which did not', async () => {
      await explore({
        start: async (store, world) => void (await flowsOf(actorOf(store, world), world, 'start').accept()),
        workers: [
          async (actor, world) => {
            const flows = flowsOf(actor, world, 'a');
            await flows.run(SEARCHES);
            await flows.run(DELIVER);
          },
          async (actor, world) => {
            for (let time = 0; time < (crashes === 0 ? 2 : 1); time++) {
              const found = await actor.effect('look', () => world.state.all(OUTBOX).length > 0);
              const said = await flowsOf(actor, world, 'b').status();
              await actor.effect('told', () => {
                world.effects.push({ said: said.reasonMessage, found, arrived: postsIn(world).length > 0 });
              });
            }
          },
        ],
        crashes,
        finish: async (actor, world) => {
          await finishWith()(actor, world);
          const said = await flowsOf(actor, world, 'finish').status();
          world.effects.push({ said: said.reasonMessage, found: true, arrived: true });
        },
        check: (world) => {
          const answers = world.effects.filter(
            (each): each is Said => typeof each === 'object' && each !== null && 'said' in each,
          );
          const steps = answers.map(({ said }) => SAID_IN_ORDER.indexOf(said));
          assert.ok(!steps.includes(-1), `said ${answers.map(({ said }) => said).join(', ')}`);
          assert.deepEqual(
            steps,
            steps.toSorted((a, b) => a - b),
          );
          assert.ok(answers.every(({ said, arrived }) => said !== SAID_IN_ORDER.at(-1) || arrived));
          assert.ok(answers.every(({ said, found }) => !found || said.startsWith('search done')));
          if (answers.length > 0) assert.equal(answers.at(-1)?.said, SAID_IN_ORDER.at(-1));
        },
      });
    });
  });

  describe(`delivering, ${name}`, () => {
    const exploreDeliveries = async (
      prepare: (actor: Actor, world: World) => Promise<void>,
      options: FlowOptions,
      check: (world: World) => void,
    ) =>
      explore({
        start: async (store, world) => prepare(actorOf(store, world), world),
        workers: ['a', 'b'].map(
          (name) => (actor: Actor, world: World) => flowsOf(actor, world, name, options).run(DELIVER),
        ),
        ...trouble,
        finish: finishWith(options),
        check,
      });

    const answered = async (actor: Actor, world: World): Promise<void> => {
      const flows = flowsOf(actor, world, 'start');
      await flows.accept();
      await flows.run(SEARCHES);
    };

    it('sends each message, the same content under the same id however often', async () => {
      const { places } = await exploreDeliveries(answered, {}, (world) => {
        const posts = postsIn(world);
        assert.ok(posts.length === 1 || posts.length === 2, 'again only after a crash or an overslept lease');
        assert.equal(contentsOf(posts).length, 1);
        const [entry] = world.state.all(OUTBOX);
        assert.deepEqual([entry?.state, entry?.message], ['delivered', undefined]);
      });
      assert.ok(places > 1, `${places} places`);
    });

    it('encrypts a message once, whoever sends it however often, and stores that before it is sent', async () => {
      const encryptionKey = () => KEY;
      const answer = (sent: Sent): number => (sent.attempt === 1 ? 503 : 200);
      const prepare = async (actor: Actor, world: World): Promise<void> => {
        const flows = flowsOf(actor, world, 'start', { encryptionKey });
        await flows.accept();
        await flows.run(SEARCHES);
      };
      const { places } = await exploreDeliveries(prepare, { answer, encryptionKey }, (world) => {
        const posts = postsIn(world);
        assert.equal(posts.at(-1)?.status, 200);
        assert.equal(contentsOf(posts).length, 1, contentsOf(posts).join('\n'));
        assert.match(posts[0]?.body ?? '', /"message":\{"ciphertext":/);
        const [entry] = world.state.all(OUTBOX);
        assert.deepEqual([entry?.state, entry?.encrypted, entry?.message], ['delivered', undefined, undefined]);
      });
      assert.ok(places > 1, `${places} places`);
    });

    it('counts a message as delivered although another worker failed with it', async () => {
      const answer = (sent: Sent): number => (sent.attempt === 1 ? 503 : 200);
      await exploreDeliveries(answered, { answer }, (world) => {
        const posts = postsIn(world);
        assert.equal(posts.at(-1)?.status, 200);
        const [entry] = world.state.all(OUTBOX);
        assert.deepEqual([entry?.state, entry?.lastAttempt?.result], ['delivered', 'delivered']);
        const refused = posts.filter(({ status }) => status === 503).length;
        const earlier = world.state.all(ATTEMPTS);
        assert.ok(refused === 0 || earlier.every(({ result, status }) => result === 'retry' && status === 503));
        assert.ok((entry?.attempts ?? 0) > earlier.length, 'each number is told once');
      });
    });

    // With sleepers alone these take half a minute: they are among the long tests, with a worker killed as well.
    const inOrder = (sentence: string, work: () => Promise<void>): void => void (crashes > 0 && it(sentence, work));
    inOrder('keeps the order of a subscription and skips none', async () => {
      const { places } = await exploreDeliveries(
        async (actor, world) => {
          await subscribed(actor, world);
          for (const seq of numbers) await notification(actor, world, seq);
        },
        {},
        (world) => {
          const posts = postsIn(world);
          const firsts = numbers.map((seq) => posts.findIndex(({ messageId }) => messageId === `n-${seq}`));
          assert.ok(!firsts.includes(-1), 'none is missing');
          assert.deepEqual(
            firsts,
            firsts.toSorted((a, b) => a - b),
          );
          assert.ok(world.state.all(OUTBOX).every(({ state, open }) => state === 'delivered' && open === undefined));
        },
      );
      assert.ok(places > 1, `${places} places`);
    });

    inOrder('holds later numbers back while a lower one fails, and goes on after a dead letter', async () => {
      const answer = ({ messageId }: Sent, world: World): number => {
        const before = postsIn(world).filter((each) => each.messageId === messageId).length;
        if (messageId === 'n-1') return before < 2 ? 503 : 200;
        return messageId === 'n-2' ? 410 : 200;
      };
      await exploreDeliveries(
        async (actor, current) => {
          await subscribed(actor, current);
          for (const seq of numbers) await notification(actor, current, seq);
        },
        { answer },
        (current) => {
          const posts = postsIn(current);
          const delivered = posts.findIndex(({ messageId, status }) => messageId === 'n-1' && status === 200);
          assert.ok(delivered >= 0);
          assert.ok(posts.findIndex(({ messageId }) => messageId === 'n-2') > delivered, 'the second waited');
          const states = current.state.all(OUTBOX).toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
          assert.deepEqual(states.map(({ state }) => state), ['delivered', 'dead', 'delivered'].slice(0, numbers.length)); // biome-ignore format: one look
          assert.notEqual(states[1]?.message, undefined, 'a dead letter can be replayed');
        },
      );
    });
  });
};
