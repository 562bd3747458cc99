/** Names in the log tables and triggers. */

/** `registry.person` → its schema and name. */
export const partsOf = (table: string): { readonly schema: string | undefined; readonly name: string } => {
  const at = table.lastIndexOf('.');
  return at < 0 ? { schema: undefined, name: table } : { schema: table.slice(0, at), name: table.slice(at + 1) };
};

/** In the schema of its table. */
export const logOf = (table: string): string => {
  const { schema, name } = partsOf(table);
  return schema === undefined ? `dci_log_${name}` : `${schema}.dci_log_${name}`;
};

/** Each part quoted: `"a"."b"`. */
export const quoting =
  (mark: string) =>
  (name: string): string =>
    name
      .split('.')
      .map((part) => `${mark}${part.replaceAll(mark, mark + mark)}${mark}`)
      .join('.');

/** What stands before the name of a column for its value before the change: no column that is logged bears such a name itself. */
export const oldNames = (columns: readonly { readonly name: string }[]): ((column: string) => string) => {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  let prefix = 'old_';
  while ([...names].some((name) => names.has(`${prefix}${name}`))) prefix = `old_${prefix}`;
  return (column) => `${prefix}${column}`;
};
