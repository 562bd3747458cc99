/** Rows that are named in one statement: PostgreSQL, MySQL and MariaDB take 65,535 parameters, and a row may have a dozen columns. */
const MOST_NAMED = 4_096;

export const inChunks = <Row>(rows: readonly Row[]): readonly (readonly Row[])[] =>
  rows.length <= MOST_NAMED
    ? [rows]
    : Array.from({ length: Math.ceil(rows.length / MOST_NAMED) }, (_, at) =>
        rows.slice(at * MOST_NAMED, (at + 1) * MOST_NAMED),
      );
