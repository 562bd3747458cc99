/** Reads PostgreSQL's plans (EXPLAIN in JSON). */

interface PlanNode {
  readonly 'Node Type'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** The node that reads a whole table; undefined: every table is entered by an index. */
export const firstScan = (explained: unknown): string | undefined => {
  const [root] = explained as readonly { readonly Plan: PlanNode }[];
  const visit = (node: PlanNode | undefined): string | undefined => {
    if (node === undefined) return undefined;
    const kind = node['Node Type'] ?? '';
    const whole = kind === 'Seq Scan' || (/^Index (Only )?Scan$/.test(kind) && node['Index Cond'] === undefined);
    if (whole) return `${kind} on ${node['Relation Name'] ?? 'a table'}`;
    for (const child of node.Plans ?? []) {
      const found = visit(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit(root?.Plan);
};
