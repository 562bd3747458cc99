/** What searches work with, for one call or for all. */

import { BackendError, type CallContext } from 'dci-gateway/plugin';
import type { BoundColumn, BoundEntity, BoundModel } from './model.ts';
import type { Odoo } from './odoo.ts';
import type { References } from './references.ts';

export interface SearchTools {
  readonly odoo: Odoo;
  readonly model: BoundModel;
  readonly references: References;
  /** Most child rows that a condition on them may find. */
  readonly maxJoined: number;
}

/** The tools at one moment: `now` is `YYYY-MM-DD HH:MM:SS` in UTC. */
export interface Call extends SearchTools {
  readonly ctx: CallContext;
  readonly now: string;
}

export const callOf = (tools: SearchTools, ctx: CallContext): Call => ({
  ...tools,
  ctx,
  now: new Date(tools.odoo.now()).toISOString().slice(0, 19).replace('T', ' '),
});

export const entityOf = ({ model }: Pick<SearchTools, 'model'>, name: string): BoundEntity => {
  const entity = model.get(name);
  if (entity === undefined) throw new BackendError('refused', `there is no entity ${name}`);
  return entity;
};

export const columnOf = (entity: BoundEntity, name: string): BoundColumn => {
  const column = entity.columns.get(name);
  if (column === undefined) throw new BackendError('refused', `entity ${entity.name} has no column ${name}`);
  return column;
};
