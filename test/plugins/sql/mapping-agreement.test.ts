import { agreeOnDatabases } from './mapping-agreement.suite.ts';

await agreeOnDatabases(40, {
  composite: { '10': '2', '25': '2', '1000': '7' },
  openmrs: { '1000000': '150' },
});
