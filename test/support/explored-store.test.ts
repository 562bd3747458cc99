import { documentsSuite } from '../contract/documents.suite.ts';
import { lanesSuite } from '../contract/lanes.suite.ts';
import { atOnce, createWorld, exploredStore } from './explored-store.ts';

const make = async () => {
  const world = createWorld();
  return {
    ...exploredStore(world, atOnce),
    pass: async (ms: number) => {
      world.now += ms;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
};

documentsSuite('the explored store', make);
lanesSuite('the explored store', make);
