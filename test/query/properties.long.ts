import '../support/all-runs.ts';
import './properties.test.ts';
