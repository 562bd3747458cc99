/** Two workers, of whom one may be killed. With both sources as well there are too many orders: there none is. */
import { COLUMNS, exploreBegin, LOG } from './begin-flows.ts';

exploreBegin({ sources: [[COLUMNS], [LOG]], crashes: 1, pages: 1, perPage: 2, workers: 2 });
exploreBegin({ sources: [[COLUMNS, LOG]], crashes: 0, pages: 1, perPage: 2, workers: 2 });
