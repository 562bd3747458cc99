import { readFile } from 'node:fs/promises';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml';
import { type Environment, fillVariables } from './environment.ts';
import type { Path, Place } from './place.ts';
import { ConfigError, type Problem } from './source.ts';

const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 60; // an alias to a node around it would otherwise never end
const MAX_NODES = 200_000; // counted with aliases resolved: a few anchors can stand for millions of nodes

export interface YamlTree {
  readonly value: unknown;
  readonly place: Place;
}

/** Where a file is named: in another one, whose line tells that it cannot be read, below a path that its own paths continue. */
export interface NamedIn {
  readonly at: string;
  readonly path: Path;
  /** The key that names it. */
  readonly key: string;
}

/** Reads one YAML file into a plain value and the places of its nodes, variables filled in. Mistakes go to `problems`. */
export const readYaml = async (
  file: string,
  env: Environment,
  problems: Problem[],
  namedIn?: NamedIn,
): Promise<YamlTree> => {
  const lines = new LineCounter();
  const document = parseDocument(await readText(file, namedIn), {
    lineCounter: lines,
    uniqueKeys: true,
    logLevel: 'error',
  });
  for (const each of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(each.pos[0]);
    problems.push({ at: `${file}:${line}:${col}`, path: '', problem: firstLine(each.message) });
  }
  if (document.errors.length > 0) throw new ConfigError(problems);
  return new Converter(file, lines, document, env, problems).convert(namedIn?.path ?? []);
};

const readText = async (file: string, namedIn: NamedIn | undefined): Promise<string> => {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it failed';
    throw new ConfigError([
      {
        at: namedIn?.at ?? `${file}:1:1`,
        path: namedIn === undefined ? '' : [...namedIn.path, namedIn.key].join('.'),
        problem: `${namedIn === undefined ? '' : `names ${file}, which `}cannot be read (${code})`,
        fix: 'name a file that exists and may be read',
      },
    ]);
  }
  if (content.length > MAX_FILE_BYTES) {
    throw new ConfigError([{ at: `${file}:1:1`, path: '', problem: `is larger than ${MAX_FILE_BYTES} bytes` }]);
  }
  return content.toString('utf8');
};

const firstLine = (text: string): string => (text.split('\n')[0] ?? text).replace(/ at line \d+, column \d+:?$/, '');

/** Walks one document. Holds what every step of the walk needs. */
class Converter {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #document: Document.Parsed;
  readonly #env: Environment;
  readonly #problems: Problem[];
  #nodes = 0;

  constructor(file: string, lines: LineCounter, document: Document.Parsed, env: Environment, problems: Problem[]) {
    this.#file = file;
    this.#lines = lines;
    this.#document = document;
    this.#env = env;
    this.#problems = problems;
  }

  /** @param path of the whole, where it stands for a part of another file */
  convert(path: Path): YamlTree {
    return this.#walk(this.#document.contents, path, 0);
  }

  #walk(node: Node | null | undefined, path: Path, offset: number): YamlTree {
    const place = this.#place(node?.range?.[0] ?? offset);
    this.#nodes++;
    if (path.length > MAX_DEPTH || this.#nodes > MAX_NODES) {
      const what = path.length > MAX_DEPTH ? `nests deeper than ${MAX_DEPTH}` : `has more than ${MAX_NODES} values`;
      this.#report(place, path.slice(0, 4), `${what}, aliases included`);
      throw new ConfigError(this.#problems);
    }
    if (isAlias(node)) return { ...this.#walk(node.resolve(this.#document), path, offset), place };
    if (isMap(node)) {
      const value: Record<string, unknown> = {};
      for (const pair of node.items) {
        const key = this.#key(pair.key, path, place);
        if (key === undefined) continue;
        const below = this.#walk(pair.value as Node | null, [...path, key.text], key.offset); // the parser makes nodes
        value[key.text] = below.value;
        place.below.set(key.text, { ...below.place, ...this.#position(key.offset) });
      }
      return { value, place };
    }
    if (isSeq(node)) {
      const value = node.items.map((item, index) => {
        const below = this.#walk(item as Node | null, [...path, index], offset);
        place.below.set(String(index), below.place);
        return below.value;
      });
      return { value, place };
    }
    return isScalar(node) ? this.#scalar(node, path, place) : { value: null, place };
  }

  #scalar(node: Scalar, path: Path, place: Place): YamlTree {
    if (typeof node.value !== 'string') return { value: node.value, place };
    const { text, filled, missing } = fillVariables(node.value, this.#env);
    for (const name of missing) {
      this.#report(
        place,
        path,
        `needs the environment variable ${name}, which is not set`,
        `set ${name}, or write \${${name}:-default}`,
      );
    }
    return { value: text, place: filled ? { ...place, fromEnvironment: true } : place };
  }

  /** Keys are text as it was written: `01` is not `1`. */
  #key(node: unknown, path: Path, parent: Place): { text: string; offset: number } | undefined {
    if (!isScalar(node)) {
      this.#report(parent, path, 'has a key that is not text');
      return undefined;
    }
    const text = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    const offset = node.range?.[0] ?? 0;
    if (text !== '__proto__') return { text, offset };
    this.#report(this.#place(offset), path, 'has a key __proto__', 'give it another name');
    return undefined;
  }

  #position(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #place(offset: number): Place {
    return { file: this.#file, ...this.#position(offset), below: new Map() };
  }

  #report(place: Place, path: Path, problem: string, fix?: string): void {
    const at = `${place.file}:${place.line}:${place.column}`;
    this.#problems.push({ at, path: path.join('.'), problem, ...(fix !== undefined && { fix }) });
  }
}
