import { exploreEnds } from './ending-flows.ts';

exploreEnds({ crashes: 1, people: 1 });
