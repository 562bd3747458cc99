/** Python's `json.dumps(sort_keys=True)` for the tests' own messages, written apart from the gateway's code. */

type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

export const pythonDumps = (value: unknown, separators: readonly [string, string] = [', ', ': ']): string => {
  const [comma, colon] = separators;
  const dump = (node: Value): string => {
    if (node === null || typeof node === 'boolean') return String(node);
    if (typeof node === 'number') {
      const plain = Number.isSafeInteger(node) || (Math.abs(node) >= 1e-4 && Math.abs(node) < 1e15);
      if (!plain) throw new Error('Python may write this number in another way');
      return String(node);
    }
    if (typeof node === 'string') return dumpText(node);
    if (isList(node)) return `[${node.map(dump).join(comma)}]`;
    const keys = Object.keys(node).sort(byCodePoint);
    return `{${keys.map((key) => `${dumpText(key)}${colon}${dump(node[key] ?? null)}`).join(comma)}}`;
  };
  return dump(value as Value);
};

const isList = (node: Value): node is readonly Value[] => Array.isArray(node);

const dumpText = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const byCodePoint = (a: string, b: string): number => {
  const left = [...a].map((char) => char.codePointAt(0) ?? 0);
  const right = [...b].map((char) => char.codePointAt(0) ?? 0);
  const at = left.findIndex((point, index) => point !== right[index]);
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
};
