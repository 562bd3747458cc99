/**
 * A JSON document as it was received: numbers keep their source text, so that canonical texts can be written
 * from it and long identifiers survive. Objects have no prototype; a key such as `__proto__` is an ordinary key.
 */
export type JsonNode = null | boolean | string | JsonNumber | readonly JsonNode[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonNode;
}

/** A number with the text it was written in: `45.0`, `12345678901234567890`, `-0`. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double. */
  get value(): number {
    return Number(this.text);
  }
}

export const isJsonObject = (node: JsonNode | undefined): node is JsonObject =>
  typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof JsonNumber);

export const isJsonArray = (node: JsonNode | undefined): node is readonly JsonNode[] => Array.isArray(node);
