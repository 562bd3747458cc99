import { existsSync, renameSync } from 'node:fs';

/** Puts the checkout's package.json back, if it was set aside for packing. */
export const restore = (): void => {
  if (existsSync('package.checkout.json')) renameSync('package.checkout.json', 'package.json');
};
