/** The Store's contract: replay memory. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AT_ONCE, type MakeStore, ODD_TEXTS, times } from './store-subject.ts';

export const replayCases = (makeStore: MakeStore): void => {
  it('tells a new message from the same and from another under its id', async () => {
    await using made = await makeStore({ clock: () => 1000 });
    const { replay } = made.store;
    assert.equal(await replay.remember('p', 'm', 'd1', 2000), 'new');
    assert.equal(await replay.remember('p', 'm', 'd1', 2000), 'same');
    assert.equal(await replay.remember('p', 'm', 'd2', 2000), 'different');
    assert.equal(await replay.remember('p', 'm', 'd1', 2000), 'same', 'the other content was not kept');
    assert.equal(await replay.remember('q', 'm', 'd2', 2000), 'new', 'ids are kept per partner');
    for (const text of ODD_TEXTS) assert.equal(await replay.remember(text, text, 'd', 2000), 'new', text);
    for (const text of ODD_TEXTS) assert.equal(await replay.remember(text, text, 'd', 2000), 'same', text);
  });

  it('answers fifty equal messages at once with one new and forty-nine same', async () => {
    await using made = await makeStore({ clock: () => 1000 });
    const answers = await Promise.all(times(AT_ONCE, () => made.store.replay.remember('p', 'm', 'd', 2000)));
    assert.equal(answers.filter((answer) => answer === 'new').length, 1);
    assert.equal(answers.filter((answer) => answer === 'same').length, AT_ONCE - 1);
  });

  it('lets one of fifty different contents under one id win', async () => {
    await using made = await makeStore({ clock: () => 1000 });
    const answers = await Promise.all(times(AT_ONCE, (i) => made.store.replay.remember('p', 'm', `d${i}`, 2000)));
    assert.equal(answers.filter((answer) => answer === 'new').length, 1);
    assert.equal(answers.filter((answer) => answer === 'different').length, AT_ONCE - 1);
  });

  it('forgets a message at its time, and keeps it as long as the latest repeat asked', async () => {
    let now = 1000;
    await using made = await makeStore({ clock: () => now });
    const { replay } = made.store;
    await replay.remember('p', 'm', 'd1', 2000);
    now = 1999;
    assert.equal(await replay.remember('p', 'm', 'd1', 3000), 'same');
    now = 2999;
    assert.equal(await replay.remember('p', 'm', 'd2', 4000), 'different');
    now = 3000;
    assert.equal(await replay.remember('p', 'm', 'd2', 4000), 'new');
    now = 3500;
    assert.equal(await replay.remember('p', 'm', 'd2', 4000), 'same', 'what came after it is remembered in its place');
    assert.equal(await replay.remember('p', 'm', 'd1', 4000), 'different');
  });

  it('takes a message back, only with its own content', async () => {
    await using made = await makeStore({ clock: () => 1000 });
    const { replay } = made.store;
    await replay.remember('p', 'm', 'd1', 2000);
    await replay.remember('q', 'm', 'd1', 2000);
    await replay.forget('p', 'm', 'd2');
    assert.equal(await replay.remember('p', 'm', 'd1', 2000), 'same');
    await replay.forget('p', 'm', 'd1');
    await replay.forget('p', 'never there', 'd1');
    assert.equal(await replay.remember('q', 'm', 'd1', 2000), 'same');
    assert.equal(await replay.remember('p', 'm', 'd2', 2000), 'new');
    assert.equal(await replay.remember('p', 'm', 'd2', 2000), 'same');
  });
};
