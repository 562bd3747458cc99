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

export const oldName = (column: string): string => `old_${column}`;
