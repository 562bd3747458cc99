import { agreeOnDatabases } from './mapping-agreement.suite.ts';

await agreeOnDatabases(3000, {
  composite: { '10': '2', '25': '3', '1000': '9' },
  openmrs: { '1000000': '220' },
});
