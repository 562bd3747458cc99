import { exploreDeciding } from './decide-flows.ts';

exploreDeciding({ crashes: 1, persons: 2, workers: 1 });
