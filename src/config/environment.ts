/** `${NAME}` and `${NAME:-default}` in scalar values. They are filled in after parsing, so a value cannot become syntax. */

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Filled {
  readonly text: string;
  /** Something was filled in. */
  readonly filled: boolean;
  /** Variables that are not set and have no default. */
  readonly missing: readonly string[];
}

/** Fills in the variables of one value. As in a shell, `:-` also covers a variable that is set but empty. `$${` writes `${`. */
export const fillVariables = (text: string, env: Environment): Filled => {
  if (!text.includes('${')) return { text, filled: false, missing: [] };
  const missing: string[] = [];
  const filled = text
    .split('$${')
    .map((part) =>
      part.replace(REFERENCE, (_, name: string, fallback: string | undefined) => {
        const value = Object.hasOwn(env, name) ? env[name] : undefined;
        if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
        if (value === undefined) missing.push(name);
        return value ?? '';
      }),
    )
    .join('${');
  return { text: filled, filled: true, missing };
};
