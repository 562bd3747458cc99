import { explorePausing } from './pausing-flows.ts';

explorePausing({ crashes: 1, jumps: 1, numbers: 2 });
