/** The packed package.json: what points to TypeScript in a checkout points to the JavaScript made from it. */

export interface Manifest {
  readonly [key: string]: unknown;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const CHECKOUT_ONLY = new Set(['devDependencies', 'allowScripts', 'scripts']);

/** Loads the command line, or says that this Node is too old for it. */
export const LAUNCHER = 'dist/launcher.cjs';

/** `src/cli/main.ts` → `dist/src/cli/main.js` */
const javascript = (path: string): string => path.replace(/^(\.\/)?(.*)\.ts$/, '$1dist/$2.js');

const declaration = (path: string): string => javascript(path).replace(/\.js$/, '.d.ts');

export const packedManifest = (manifest: Manifest): Manifest => ({
  ...Object.fromEntries(Object.entries(manifest).filter(([key]) => !CHECKOUT_ONLY.has(key))),
  bin: Object.fromEntries(Object.keys(manifest.bin).map((name) => [name, LAUNCHER])),
  exports: Object.fromEntries(
    Object.entries(manifest.exports).map(([name, path]) => [
      name,
      typeof path === 'string' && path.endsWith('.ts') ? { types: declaration(path), default: javascript(path) } : path,
    ]),
  ),
});
