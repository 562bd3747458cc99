/** A selection in the caller's names → canonical paths of fields (PROTOCOL 6, GraphQL). */

import type { RecordModel } from '../dci/attribute.ts';
import { sourceOfDerived } from './derived.ts';
import { findField, findFieldsOf } from './names.ts';
import { unknownAttribute } from './refuse.ts';

export interface SelectedField {
  /** Canonical dotted path from the searched record. */
  readonly path: string;
  /** As the caller wrote it, for messages. */
  readonly written: string;
}

/** Undefined stays undefined: all fields. Throws `ItemRejection` naming a path that no field has. `age` stands for the birth date. */
export const resolveProjection = (
  paths: readonly string[] | undefined,
  model: RecordModel,
): readonly SelectedField[] | undefined =>
  paths?.flatMap((written) => {
    const path = findField(written, model) ?? findField(sourceOfDerived(written) ?? written, model);
    const found = path === undefined ? findFieldsOf(written, model) : [path];
    if (found.length === 0) throw unknownAttribute(written);
    return found.map((each) => ({ path: each, written }));
  });
