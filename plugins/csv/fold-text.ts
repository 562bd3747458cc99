/** Column with the copy of another that is searched without regard to case and accents. */
export const foldedName = (column: string): string => `${column}_folded`;

/** As a mapping with `match: fold` folds what is searched for. */
export const foldText = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
