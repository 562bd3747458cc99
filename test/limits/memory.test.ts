import { createMemoryLimiter } from '../../src/limits/memory.ts';
import { limiterSuite } from '../contract/limiter.suite.ts';

limiterSuite('memory', async () => createMemoryLimiter());
