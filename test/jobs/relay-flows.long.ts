import { exploreRelay } from './relay-flows.ts';

exploreRelay({ crashes: 1, runners: 1, twice: false });
exploreRelay({ crashes: 0, runners: 1, twice: true });
