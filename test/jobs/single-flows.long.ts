import { exploreSingles } from './single-flows.ts';

exploreSingles({ crashes: 2, feeders: 1 });
