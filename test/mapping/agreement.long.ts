import { test } from 'node:test';
import { agree, agreeUnderView } from './agreement.ts';

test('a compiled filter finds exactly the rendered records that satisfy it, 60,000 times', async () => {
  await agree(40_000, 'Europe/Berlin');
  await agreeUnderView(20_000);
});
