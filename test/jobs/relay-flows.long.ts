import { exploreRelay } from './relay-flows.ts';

exploreRelay({ crashes: 1, runners: 2, twice: false });
exploreRelay({ crashes: 1, runners: 1, twice: true });
