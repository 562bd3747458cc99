/** A section of the configuration: its JSON Schema with the defaults, and how the checked YAML becomes what the module works with. */
export interface Section<Raw, Typed> {
  readonly schema: object;
  read(raw: Raw, context: ReadContext): Typed;
}

/** What a section's defaults may depend on. */
export interface ReadContext {
  /** Folder of the configuration file. */
  readonly baseFolder: string;
  /** `identity.id` */
  readonly ourId: string;
}

/** A map with these keys and no others. Where none is required it is there even when the file leaves it out. */
export const keys = (properties: Readonly<Record<string, object>>, required: readonly string[] = []): object => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
  ...(required.length === 0 && { default: {} }),
});

export const text = (initial?: string): object => ({
  type: 'string',
  minLength: 1,
  ...(initial !== undefined && { default: initial }),
});

/** What goes into an Authorization header: anything else would make each call fail. */
export const BEARER = {
  type: 'string',
  pattern: '^[!-~]+$',
  fix: 'write the token alone, without blanks and line breaks',
};

export const count = (initial: number | undefined, minimum = 1, maximum = 1_000_000_000): object => ({
  type: 'integer',
  minimum,
  maximum,
  ...(initial !== undefined && { default: initial }),
});

export const flag = (initial: boolean): object => ({ type: 'boolean', default: initial });

export const formatted = (format: string, initial?: string): object => ({
  type: 'string',
  format,
  ...(initial !== undefined && { default: initial }),
});

export const choice = (names: readonly string[], initial?: string): object => ({
  type: 'string',
  enum: names,
  ...(initial !== undefined && { default: initial }),
});

/** A list without repetition. */
export const list = (items: object, initial?: readonly unknown[]): object => ({
  type: 'array',
  uniqueItems: true,
  items,
  ...(initial !== undefined && { default: initial }),
});
