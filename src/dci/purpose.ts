/** What a request says it is made for: `consent` and `authorize`, beside the criteria and in them (the specs' Consent and Authorize). */

import type { JsonNode, JsonObject } from './json-node.ts';
import { malformed, readObject, readText } from './read-node.ts';

/** Where they may stand, and how the place is called in a refusal. */
export type PurposePlace = readonly [object: JsonObject | undefined, place: string];

const LONGEST_CODE = 99;
const LONGEST_TEXT = 999;

/**
 * The code of the purpose, else its text; undefined where none is named (`""` is absent).
 *
 * @throws GatewayError `request.bad` where two places name two purposes, or one is none that can be read
 */
export const readPurpose = (places: readonly PurposePlace[]): string | undefined => {
  let named: string | undefined;
  for (const [object, place] of places) {
    for (const key of ['consent', 'authorize']) {
      const purpose = purposeIn(object?.[key], `${place}.${key}`);
      if (purpose !== undefined && named !== undefined && purpose !== named)
        throw malformed(`${place}.${key} names another purpose than stands beside it.`);
      named ??= purpose;
    }
  }
  return named;
};

const purposeIn = (node: JsonNode | undefined, place: string): string | undefined => {
  const purpose = readObject(node, place)?.purpose;
  if (typeof purpose === 'string') return readText(purpose, `${place}.purpose`, LONGEST_TEXT);
  const read = readObject(purpose, `${place}.purpose`);
  return (
    readText(read?.code, `${place}.purpose.code`, LONGEST_CODE) ??
    readText(read?.text, `${place}.purpose.text`, LONGEST_TEXT)
  );
};
