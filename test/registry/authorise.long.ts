import '../support/all-runs.ts';
import './authorise.test.ts';
