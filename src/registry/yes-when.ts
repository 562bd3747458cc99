/** `yes_when` of a registry: what a record must satisfy beside the question, for a yes. */

import type { RegistryConfig } from '../config/config.ts';
import { domainRecordType } from '../dci/domains.ts';
import type { RawFilter } from '../dci/filter.ts';
import type { JsonNode } from '../dci/json-node.ts';
import { ItemRejection } from '../errors.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { decodeQuery } from '../query/decode.ts';
import { resolveFilter } from '../query/resolve.ts';
import { OPERATOR_LIMITS } from './view.ts';

/** Throws `ItemRejection` for what is no query. */
export const readYesWhen = (query: JsonNode): RawFilter => decodeQuery(query, OPERATOR_LIMITS).raw;

/** What is wrong with it, for the operator; without a mapping, what can be seen without one. */
export const yesWhenMistake = (
  { domain, yesWhen }: Pick<RegistryConfig, 'domain' | 'yesWhen'>,
  mapping?: Mapping,
): string | undefined => {
  if (yesWhen === undefined) return undefined;
  if (domain !== 'dr' && domain !== 'ibr') return 'is of disability and beneficiary registries alone';
  try {
    const raw = readYesWhen(yesWhen.query);
    const model = mapping?.records.get(domainRecordType(domain, mapping.records.keys()));
    if (model !== undefined) resolveFilter(raw, model, { today: '2000-01-01' });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof ItemRejection)) throw cause;
    return `is wrong: ${cause.message.replace(/\.$/, '')}`;
  }
};
