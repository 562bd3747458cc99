import { exploreDeciding } from './decide-flows.ts';

exploreDeciding({ crashes: 0, persons: 1, workers: 2 });
