/** Fields of closed code lists that are taken from a column as they are: right only where the column holds the standard's codes. */

import { codeList } from '../dci/code-lists.ts';
import type { YamlPath } from './report.ts';
import type { LeafSpec, MappingDefinition, NodeSpec } from './spec.ts';

const SHOWN_CODES = 12;

type Remark = (path: YamlPath, problem: string, fix: string) => void;

/** What is worth a look, and keeps nothing from starting. What is taken over from elsewhere (`same`) is told there. */
export const remarkUncoded = ({ records }: Pick<MappingDefinition, 'records'>, remark: Remark): void => {
  const walk = (node: NodeSpec): void => {
    if (node.kind === 'leaf') lookAt(node, remark);
    if (node.kind === 'list') node.items.forEach(walk);
    if (node.kind === 'object') [...node.fields.values()].forEach(walk);
  };
  for (const { fields, attributes } of records.values()) {
    [...fields.values()].forEach(walk);
    for (const attribute of attributes.values()) if (attribute.kind === 'node') walk(attribute.node);
  }
};

const lookAt = ({ source, list, codes, path }: LeafSpec, remark: Remark): void => {
  const known = list === undefined ? undefined : codeList(list);
  if (known === undefined || known.open || codes !== undefined || source.kind !== 'from') return;
  const names = [...known.codes.keys()];
  const more = names.length > SHOWN_CODES ? ', …' : '';
  remark(
    path,
    `has no codes: what ${source.columns.join(' and ')} holds goes out as it is, but is searched by the standard's ${known.name} codes (${names.slice(0, SHOWN_CODES).join(', ')}${more})`,
    "write codes: standard where the column holds these, else codes: { … }, each of the column's to one of these",
  );
};
