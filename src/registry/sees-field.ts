/** Whether a partner sees a field of a record, along every record type that it is nested in. */

import type { AttributeStep, RecordModel } from '../dci/attribute.ts';
import type { Allowed, RegistryRights } from '../security/rights.ts';

/** The field itself, something above it, or something below it is among the allowed ones. */
export const shows = (fields: Allowed, path: string): boolean =>
  fields === 'all' ||
  fields.some((each) => path === each || path.startsWith(`${each}.`) || each.startsWith(`${path}.`));

/** `path` is canonical, from the searched record; it may be a leaf or stand above some. */
export const seesField = (path: string, model: RecordModel, rights: RegistryRights): boolean =>
  stepsTo(path, model).every(({ record, path: own }) => shows(rights.records.get(record)?.fields ?? [], own));

/** The path cut where one record lies in another, as the attributes' chains tell. */
const stepsTo = (path: string, model: RecordModel): readonly AttributeStep[] => {
  let best: readonly AttributeStep[] = [{ record: model.type, path }];
  for (const { chains } of model.attributes.values()) {
    for (const chain of chains) {
      if (chain.length <= best.length) continue; // it cannot cut deeper
      const steps = cut(path, chain);
      if (steps.length > best.length) best = steps;
    }
  }
  return best;
};

const cut = (path: string, chain: readonly AttributeStep[]): readonly AttributeStep[] => {
  const [step, ...rest] = chain;
  if (step === undefined) return [];
  if (rest.length === 0 || !path.startsWith(`${step.path}.`)) return [{ record: step.record, path }];
  return [step, ...cut(path.slice(step.path.length + 1), rest)];
};
