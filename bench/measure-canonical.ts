import { canonicalValue } from '../src/dci/canonical.ts';
import { median } from './statistics.ts';

const ROUNDS = 300;
const WARM_UP = 100;

/** Milliseconds that it takes to write the canonical text of an answer once. */
export const measureCanonical = (body: Buffer): number => {
  const { header, message } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  const times: number[] = [];
  let length = 0;
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    const began = performance.now();
    length += canonicalValue({ header, message }, 'spaced').length;
    if (round >= WARM_UP) times.push(performance.now() - began);
  }
  if (length === 0) throw new Error('no text was written');
  return median(times);
};
