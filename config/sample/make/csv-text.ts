/** A table as CSV text (RFC 4180, but with line feeds alone): the columns are the keys of its first row. */
export type Cell = string | number | undefined;
export type Row = Readonly<Record<string, Cell>>;

const cell = (value: Cell): string => {
  const text = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export const csvText = (rows: readonly Row[]): string => {
  const columns = Object.keys(rows[0] ?? {});
  return [columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))]
    .map((line) => `${line}\n`)
    .join('');
};
