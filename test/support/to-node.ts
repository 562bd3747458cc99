/** Plain JavaScript data as the JSON that a request would carry. */
import type { JsonNode } from '../../src/dci/json-node.ts';
import { parseJson } from '../../src/dci/json-parse.ts';

export const toNode = (value: unknown): JsonNode => parseJson(JSON.stringify(value), { maxDepth: 1_000 }).root;
