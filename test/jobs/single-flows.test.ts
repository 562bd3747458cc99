import { exploreSingles } from './single-flows.ts';

exploreSingles({ crashes: 1, feeders: 1 });
