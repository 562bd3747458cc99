/** Child rows of one edge on one page: beyond it the registry's data is not what it was taken for. */

import { BackendError } from 'dci-gateway/plugin';
import type { BoundEdge } from './model.ts';

export const MAX_CHILD_ROWS = 100_000;

export const tooMany = ({ name }: Pick<BoundEdge, 'name'>): BackendError =>
  new BackendError('too_many', `child ${name} has too many rows for one page`);
