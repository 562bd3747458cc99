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
import { outcomeOf } from './audit.ts';
import type { AuditFirst } from './audit-first.ts';
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
    readonly audit: AuditFirst;
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
    const { items, endAudit } = await data.concurrently(partner, async () => {
      // Before it is stored where nothing of ours can be: without an entry nothing is handed over.
      const endAudit = await audit(auditedOf(message, registry));
      const deadline = { withinMs: limits.searchMs, abort, requestId, log };
      return { endAudit, ...(await withDeadline(deadline, (context) => accept(message, context))) };
    });
    if (items.length !== message.items.length) {
      throw new GatewayError('service.fault', { detail: 'the backend does not say what became of each item' });
    }
    log.info('data taken in', {
      request: requestId,
      registry: registry.config.id,
      partner: partner.id,
      ...counts(items),
    });
    await endAudit({
      outcome: outcomeOf(items.map(({ status }) => ({ status: status === 'refused' ? 'rjct' : 'succ' }))),
      count: items.filter(({ status }) => status !== 'refused').length,
    });
    return items.map((item) => ({ problem: item.status === 'refused' ? item.problem : undefined }));
  };

const auditedOf = (
  { partner, kind, items, transactionId }: IncomingData,
  { config }: Registry,
): Parameters<AuditFirst>[0] => ({
  ...{ partner, registry: config.id, action: kind, transaction: transactionId },
  identifiers: identifiersIn(items.map((item) => item.data)),
});

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
