/** One text for all filters that ask the same in the same words of the model: equal texts are evaluated once. */

import type { Filter } from '../dci/filter.ts';

/** The order of conditions and of values makes no difference, nor do spellings of names; other rewriting is not tried. */
export const canonicalFilter = (filter: Filter): string => JSON.stringify(canonical(filter));

const canonical = (filter: Filter): readonly unknown[] => {
  switch (filter.kind) {
    case 'everything':
      return ['everything'];
    case 'and':
    case 'or': {
      const parts = [...new Set(filter.of.map(canonicalFilter))].sort();
      return [filter.kind, ...parts];
    }
    case 'not':
      return ['not', canonicalFilter(filter.of)];
    case 'any':
      return ['any', filter.list, canonicalFilter(filter.of)];
    case 'compare': {
      const values = [...new Set(filter.values.map((value) => JSON.stringify(value)))].sort();
      return ['compare', filter.attribute.path, filter.operator, ...values];
    }
  }
};
