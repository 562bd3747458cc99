import '../support/all-runs.ts';
import './noninterference.test.ts';
