import { exploreRelay } from './relay-flows.ts';

exploreRelay({ crashes: 0, runners: 1, twice: true });
