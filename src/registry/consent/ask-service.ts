/** A decision service, asked by POST in batches (docs/security.md "Purposes and consent"). */

import { isJsonArray, isJsonObject } from '../../dci/json-node.ts';
import { parseJson } from '../../dci/json-parse.ts';
import { GatewayError } from '../../errors.ts';
import type { Outbound } from '../../security/outbound/http-client.ts';
import { OutboundError } from '../../security/outbound/outbound-error.ts';
import type { AskedPerson, ConsentDecider, ConsentQuestion } from './decider.ts';

/** All of one question have one deadline: one after the other the last ones would come too late. */
const BATCHES_AT_ONCE = 4;
const MOST_BYTES = 1_000_000;
const DEPTH = 8;

export const createAskService = (outbound: Outbound): ConsentDecider => {
  const ask = async (question: ConsentQuestion, persons: readonly AskedPerson[]): Promise<ReadonlySet<string>> => {
    const { service, signal } = question;
    try {
      const answer = await outbound.fetch(service.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(service.bearer !== undefined && { authorization: `Bearer ${service.bearer}` }),
        },
        body: JSON.stringify(bodyOf(question, persons)),
        maxBytes: MOST_BYTES,
        signal: AbortSignal.any([signal, AbortSignal.timeout(service.timeoutMs)]),
      });
      if (answer.status !== 200) throw unavailable(`it answered ${answer.status}`);
      return yesIn(answer.body.toString('utf8'));
    } catch (cause) {
      if (cause instanceof OutboundError) throw unavailable(cause.message, cause);
      throw cause;
    }
  };
  return {
    decide: async (question) => {
      const { service, persons } = question;
      const batches: (readonly AskedPerson[])[] = [];
      for (let from = 0; from < persons.length; from += service.batch)
        batches.push(persons.slice(from, from + service.batch));
      const decided: boolean[] = [];
      for (let from = 0; from < batches.length; from += BATCHES_AT_ONCE) {
        const asked = batches.slice(from, from + BATCHES_AT_ONCE).map(async (batch) => {
          const yes = await ask(question, batch);
          return batch.map((_, at) => yes.has(String(at)));
        });
        decided.push(...(await Promise.all(asked)).flat());
      }
      return decided;
    },
  };
};

const bodyOf = ({ partner, purpose, legalBasis }: ConsentQuestion, persons: readonly AskedPerson[]): object => ({
  partner,
  purpose,
  legal_basis: legalBasis,
  persons: persons.map(({ recordType, identifiers }, at) => ({
    id: String(at),
    record_type: recordType,
    identifiers,
  })),
});

/** Ids that were not asked for match nothing. */
const yesIn = (text: string): ReadonlySet<string> => {
  const root = readJson(text);
  const list = isJsonObject(root) ? root.consented : undefined;
  if (list === undefined || !isJsonArray(list)) throw unavailable('its answer holds no list of who consented');
  return new Set(list.filter((each) => typeof each === 'string'));
};

const readJson = (text: string) => {
  try {
    return parseJson(text, { maxDepth: DEPTH }).root;
  } catch (cause) {
    if (cause instanceof GatewayError) throw unavailable('its answer is no JSON', cause);
    throw cause;
  }
};

const unavailable = (why: string, cause?: unknown): GatewayError =>
  new GatewayError('service.unavailable', {
    message: 'Consent cannot be decided at the moment.',
    detail: `consent service: ${why}`,
    cause,
  });
