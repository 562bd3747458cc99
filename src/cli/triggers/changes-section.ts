import { logOf, oldNames } from './names.ts';
import type { LoggedTable } from './plan-triggers.ts';

/** Plain words of YAML; others are quoted as JSON, which YAML reads. */
const word = (text: string): string => (/^[A-Za-z_][A-Za-z0-9_.]*$/.test(text) ? text : JSON.stringify(text));

/** The `changes` section that reads these logs. */
export const changesSection = (logs: readonly LoggedTable[]): string => {
  const sources = logs.map(({ entity, table, columns, touches }) => {
    const oldName = oldNames(columns);
    const touched = Object.entries(touches).map(([type, names]) => `${word(type)}: [${names.map(word).join(', ')}]`);
    const old = columns.map(({ name }) => `${word(name)}: ${word(oldName(name))}`);
    return `    - log: ${word(logOf(table))}
      seq: dci_seq
      op: { from: dci_op, codes: { I: created, U: updated, D: deleted } }
      touches: { ${touched.join(', ')} }
      entity: ${word(entity)}
      old: { ${old.join(', ')} }`;
  });
  return `changes:\n  sources:\n${sources.join('\n')}\n`;
};
