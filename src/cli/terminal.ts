/** What a command has of the world: `cli/main.ts` takes it from `process`. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A line to standard output. */
  print(line: string): void;
  /** Text to standard output as it is. */
  write(text: string): void;
  /** A line to standard error. */
  complain(line: string): void;
  /** All of standard input, as text. */
  readInput(): Promise<string>;
  /** The command ends with this status. */
  setStatus(status: number): void;
}

/** Where the configuration is looked for: the option, then `DCI_CONFIG`, then the place in a checkout. */
export const configFile = (option: string | undefined, env: Terminal['env']): string =>
  option ?? env.DCI_CONFIG ?? 'config/gateway.yaml';

/** Help text of `--config`. */
export const CONFIG_OPTION = [
  '-c, --config <file>',
  'configuration (default: $DCI_CONFIG, else config/gateway.yaml)',
] as const;
