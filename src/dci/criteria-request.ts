/** The message of the special endpoints of the disability and beneficiary registries: one question, with less around it (PROTOCOL 1). */

import type { JsonObject } from './json-node.ts';
import { isJsonArray } from './json-node.ts';
import { malformed, readObject } from './read-node.ts';
import { readSearchRequest, type SearchRequest } from './search-request.ts';
import { formatTimestamp } from './timestamps.ts';

/**
 * Reads `disabled_criteria` or `enrolled_criteria` as a search of one item. The standard gives it neither a reference_id nor a
 * timestamp: the transaction_id and now stand in. What it is made for may stand beside the criteria or in them.
 *
 * @param name of the criteria
 * @param at milliseconds since 1970
 * @throws GatewayError `request.bad`
 */
export const readCriteriaRequest = (message: JsonObject, name: string, at: number): SearchRequest => {
  const asked = message[name];
  const criteria = readObject(isJsonArray(asked) && asked.length === 1 ? asked[0] : asked, `message.${name}`);
  if (criteria === undefined) throw malformed(`message.${name} is missing.`);
  const { transaction_id = null, correlation_id = null, consent, authorize } = message;
  const { reference_id = transaction_id, timestamp = formatTimestamp(at), locale = null } = criteria;
  const purpose = { ...(consent !== undefined && { consent }), ...(authorize !== undefined && { authorize }) };
  const item = { reference_id, timestamp, locale, search_criteria: criteria, ...purpose };
  return readSearchRequest({ transaction_id, correlation_id, search_request: [item] }, 1);
};

/** The same, for whether there is anything at all: two records are as good as all, and one alone needs no count of the others. */
export const readYesNoRequest = (message: JsonObject, name: string, at: number): SearchRequest => {
  const request = readCriteriaRequest(message, name, at);
  return { ...request, items: request.items.map((item) => ({ ...item, pageNumber: 1, pageSize: 2 })) };
};
