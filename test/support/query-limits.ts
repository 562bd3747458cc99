/** The default limits of a query (PROTOCOL 11). */
import type { QueryLimits } from '../../src/query/limits.ts';

export const QUERY_LIMITS: QueryLimits = {
  predicates: 100,
  treeNodes: 200,
  inValues: 1_000,
  identifiersPerList: 100,
  graphqlBytes: 8_192,
  graphqlTokens: 500,
};
