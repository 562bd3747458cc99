/** Imported before a test, it makes its properties run with all their cases. */

process.env.DCI_TEST_RUNS = 'all';
