import { exploreDeciding } from './decide-flows.ts';

exploreDeciding({ crashes: 1, persons: 1, workers: 2 });
