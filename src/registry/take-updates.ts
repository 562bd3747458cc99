/** Data that flows into a registry: handed to the backend's own `accept`, where it has one (PROTOCOL 9). */

import { hash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { LimitsConfig } from '../config/config.ts';
import { canonicalText } from '../dci/canonical.ts';
import { toPlain } from '../dci/json-plain.ts';
import { formatTimestamp } from '../dci/timestamps.ts';
import type { UpdatesRequest } from '../dci/updates-request.ts';
import type { UpdateOutcome } from '../dci/updates-response.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AcceptedItem, IncomingData, IncomingItem } from '../plugin.ts';
import type { Partner } from '../security/partner.ts';
import type { TokenScopes } from '../security/tokens.ts';
import { outcomeOf, type WriteAudit } from './audit.ts';
import type { DataLimits } from './data-limits.ts';
import { identifiersIn } from './identified.ts';
import type { Registry } from './registry.ts';
import { requireAction } from './require-action.ts';
import { withDeadline } from './with-deadline.ts';

export interface UpdatesCall {
  readonly registry: Registry;
  readonly partner: Partner;
  readonly scopes: TokenScopes;
  readonly request: UpdatesRequest;
  readonly requestId: string;
  readonly abort: AbortController;
}

/** As partners' rights and scopes name it. */
const RIGHT = 'submit';

/** Rejects with a GatewayError (`request.forbidden`, `action.not_supported`, 429) or BackendError; a problem of one item is its outcome. */
export type TakeUpdates = (call: UpdatesCall) => Promise<readonly UpdateOutcome[]>;

export const createTakeUpdates =
  ({
    limits,
    data,
    audit,
    clock,
    log,
  }: {
    readonly limits: LimitsConfig;
    readonly data: DataLimits;
    /** What was taken in: where it throws the partner hands it in again. */
    readonly audit: WriteAudit;
    readonly clock: Clock;
    readonly log: Log;
  }): TakeUpdates =>
  async (call) => {
    const { registry, partner, requestId, abort } = call;
    requireAction(partner, call.scopes, registry.config.id, RIGHT);
    const { plugin } = registry;
    const accept = plugin.accept?.bind(plugin);
    if (accept === undefined) throw new GatewayError('action.not_supported');
    const message = incoming(call, clock());
    const { items } = await data.concurrently(partner, () =>
      withDeadline({ withinMs: limits.searchMs, abort, requestId, log }, (context) => accept(message, context)),
    );
    if (items.length !== message.items.length) {
      throw new GatewayError('service.fault', { detail: 'the backend does not say what became of each item' });
    }
    log.info('data taken in', {
      request: requestId,
      registry: registry.config.id,
      partner: partner.id,
      ...counts(items),
    });
    audit({
      ...{ partner: partner.id, registry: registry.config.id, action: message.kind },
      outcome: outcomeOf(items.map(({ status }) => ({ status: status === 'refused' ? 'rjct' : 'succ' }))),
      count: items.filter(({ status }) => status !== 'refused').length,
      identifiers: identifiersIn(message.items.map((item) => item.data)),
      transaction: message.transactionId,
    });
    return items.map((item) => ({ problem: item.status === 'refused' ? item.problem : undefined }));
  };

const counts = (items: readonly AcceptedItem[]): Readonly<Record<string, number>> => {
  const of = (status: AcceptedItem['status']): number => items.filter((item) => item.status === status).length;
  return { stored: of('stored'), known: of('known'), refused: of('refused') };
};

const incoming = ({ registry, partner, request }: UpdatesCall, at: number): IncomingData => {
  const { transactionId, receiptType, beneficiaries, updates } = request;
  const content = canonicalText([registry.config.id, partner.id, transactionId, updates], 'compact');
  return {
    kind: 'enrollment-updates',
    partner: partner.id,
    transactionId,
    receivedAt: formatTimestamp(at),
    receiptType,
    items: beneficiaries.map((node, index) => ({
      key: hash('sha256', `${index} ${content}`, 'hex'),
      data: toPlain(node) as IncomingItem['data'], // an object becomes an object
    })),
  };
};
