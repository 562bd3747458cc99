import { COLUMNS, exploreBegin, LOG } from './begin-flows.ts';

exploreBegin({ sources: [[COLUMNS], [LOG]], crashes: 1, pages: 2, perPage: 2, workers: 2 });
exploreBegin({ sources: [[COLUMNS, LOG]], crashes: 0, pages: 1, perPage: 1, workers: 2 });
