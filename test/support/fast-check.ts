/**
 * fast-check with one seed: a property test tries the same in every run, so that a change is not held up by what another
 * one broke. `TEST_SEED=$RANDOM npm test` looks elsewhere.
 */

import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.TEST_SEED ?? 20_261_122) });

export default fc;
