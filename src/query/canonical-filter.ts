/** One text for all filters that ask the same in the same words of the model: equal texts are evaluated once. */

import type { Filter } from '../dci/filter.ts';

/** The order of conditions and of values makes no difference, nor do spellings of names; other rewriting is not tried. */
export const canonicalFilter = (filter: Filter): string => {
  switch (filter.kind) {
    case 'everything':
      return list('everything', []);
    case 'and':
    case 'or':
      return list(filter.kind, [...new Set(filter.of.map(canonicalFilter))].sort());
    case 'not':
      return list('not', [canonicalFilter(filter.of)]);
    case 'any':
      return list('any', [JSON.stringify(filter.list), canonicalFilter(filter.of)]);
    case 'compare': {
      const values = [...new Set(filter.values.map((value) => JSON.stringify(value)))].sort();
      return list('compare', [JSON.stringify(filter.attribute.path), JSON.stringify(filter.operator), ...values]);
    }
  }
};

/** Of texts that are JSON already: written as JSON once more, they would double in length with each level. */
const list = (kind: Filter['kind'], parts: readonly string[]): string => `[${[JSON.stringify(kind), ...parts].join()}]`;
