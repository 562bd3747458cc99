import { explorePausing } from './pausing-flows.ts';

explorePausing({ crashes: 1, jumps: 0, numbers: 2 });
