/**
 * Odoo's domains: conditions in Polish notation. Every condition is kept together with its exact complement, because Odoo's
 * own negation is none where a value is empty.
 */

export type Term = readonly [field: string, operator: string, value: unknown];
export type Domain = readonly (Term | '&' | '|' | '!')[];

export type Condition =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'term'; readonly term: Term; readonly negated: boolean };

export const ALL: Condition = { kind: 'all' };
export const NONE: Condition = { kind: 'none' };

export const term = (field: string, operator: string, value: unknown): Condition => ({
  kind: 'term',
  term: [field, operator, value],
  negated: false,
});

/** `!` before the term: only for operators that Odoo has no opposite of, and beside a condition for empty values. */
export const negatedTerm = (field: string, operator: string, value: unknown): Condition => ({
  kind: 'term',
  term: [field, operator, value],
  negated: true,
});

export const and = (...of: readonly Condition[]): Condition => join('and', of);
export const or = (...of: readonly Condition[]): Condition => join('or', of);

const join = (kind: 'and' | 'or', of: readonly Condition[]): Condition => {
  const [neutral, deciding] = kind === 'and' ? (['all', 'none'] as const) : (['none', 'all'] as const);
  const flat = of.flatMap((each) => (each.kind === kind ? each.of : [each])).filter((each) => each.kind !== neutral);
  const [only] = flat;
  if (only === undefined) return { kind: neutral };
  if (flat.some((each) => each.kind === deciding)) return { kind: deciding };
  return flat.length === 1 ? only : { kind, of: flat };
};

/** A condition and what is true exactly where it is not. */
export interface Exact {
  readonly yes: Condition;
  readonly no: Condition;
}

export const EVERY: Exact = { yes: ALL, no: NONE };
export const NOTHING: Exact = { yes: NONE, no: ALL };
export const not = ({ yes, no }: Exact): Exact => ({ yes: no, no: yes });
export const allOf = (of: readonly Exact[]): Exact => ({
  yes: and(...of.map(({ yes }) => yes)),
  no: or(...of.map(({ no }) => no)),
});
export const someOf = (of: readonly Exact[]): Exact => not(allOf(of.map(not)));

/** Prefix notation. `none` and `all` are only ever the whole: `join` folds them away. */
export const domainOf = (condition: Condition): Domain => {
  switch (condition.kind) {
    case 'all':
      return [];
    case 'none':
      return [['id', '=', 0]];
    case 'term':
      return condition.negated ? ['!', condition.term] : [condition.term];
    default: {
      const operator = condition.kind === 'and' ? '&' : '|';
      return [...condition.of.slice(1).map(() => operator as '&' | '|'), ...condition.of.flatMap(domainOf)];
    }
  }
};
