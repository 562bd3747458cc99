import { test } from 'node:test';
import { agree, agreeUnderView } from './agreement.ts';

test('a compiled filter finds exactly the rendered records that satisfy it', async () => {
  await agree(1_600, 'UTC');
});

test('it does in a zone whose clocks jump', async () => {
  await agree(400, 'Europe/Berlin');
});

test('it does for a partner who sees some rows and identifier types only', async () => {
  await agreeUnderView(800);
});
