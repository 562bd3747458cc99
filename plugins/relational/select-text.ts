/**
 * What may stand in an integrator's SELECT. It becomes a subquery, so an ORDER BY or LIMIT of its own would cost time and
 * mean nothing (or cut rows off), and `;` would end it. Read-only connections are the real fence against writing;
 * this one gives a clear sentence at start.
 */

export interface SelectProblem {
  readonly problem: string;
  readonly fix: string;
}

/** Of MySQL and MariaDB alone: comments after `#`, which is an operator elsewhere (`#>>` of PostgreSQL), and `\'` in texts. */
export type SqlWriting = 'standard' | 'mysql';

/** Quoted parts and comments. */
const QUOTED: Readonly<Record<SqlWriting, RegExp>> = {
  standard: /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$/g,
  mysql: /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`]|``)*`|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\//g,
};

/** The text with quoted parts and comments blanked and everything in parentheses removed: the outermost clause words. */
const outline = (
  text: string,
  writing: SqlWriting,
): { readonly flat: string; readonly top: string; readonly balanced: boolean } => {
  const flat = text.replace(QUOTED[writing], (part) =>
    part.startsWith('-') || part.startsWith('/') || part.startsWith('#') ? ' ' : " '' ",
  );
  let depth = 0;
  let top = '';
  for (const char of flat) {
    if (char === '(') depth += 1;
    else if (char === ')') {
      depth -= 1;
      if (depth < 0) return { flat, top, balanced: false };
    } else if (depth === 0) top += char;
  }
  return { flat, top, balanced: depth === 0 };
};

/** Words that write, lock or leave the read-only session; none is part of reading rows (`truncate(x, 2)` is a function). */
const FORBIDDEN =
  /\b((?:insert|truncate)(?!\s*\()|update|delete|replace\s+into|merge|drop|alter|create|grant|attach|pragma|set_config|into\s+(?:outfile|dumpfile)|for\s+(?:update|share|no\s+key)|lock\s+in\s+share)\b/i;

export const selectProblem = (text: string, writing: SqlWriting): SelectProblem | undefined => {
  const { flat, top, balanced } = outline(text, writing);
  if (flat.includes(';')) return { problem: 'holds a ;', fix: 'write one SELECT without a ; at its end' };
  if (!/^\s*(select|with|values)\b/i.test(flat))
    return { problem: 'is not a SELECT', fix: 'start it with SELECT or WITH' };
  if (!balanced) return { problem: 'has parentheses that do not close', fix: 'close them' };
  if (/\border\s+by\b/i.test(top))
    return { problem: 'has an ORDER BY', fix: "remove it: the gateway sorts (children by their edge's order)" };
  if (/\b(limit|offset|fetch\s+(?:first|next))\b/i.test(top))
    return { problem: 'has a LIMIT', fix: 'remove it: it would hide rows from every search' };
  if (/\binto\b/i.test(top)) return { problem: 'has an INTO', fix: 'only read rows' };
  const word = FORBIDDEN.exec(flat)?.[1];
  if (word !== undefined)
    return { problem: `holds ${word.toUpperCase()}`, fix: 'only read rows; quote a column of this name' };
  return undefined;
};
