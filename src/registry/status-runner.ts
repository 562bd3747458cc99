import { readStatusRequest } from '../dci/status-request.ts';
import type { TellStatus } from './status.ts';
import { unknownItem } from './status-items.ts';
import type { TransactionRunner } from './transaction-work.ts';

/** A status request that is answered by callback. */
export const createStatusRunner = (tellStatus: TellStatus, maxItems: number): TransactionRunner => ({
  run: async ({ transaction, message, partner }) => {
    const request = readStatusRequest(message, maxItems);
    const { registry: registryId, correlationId } = transaction;
    const { audited, ...content } = await tellStatus({ partner, registryId, request, correlationId });
    return [{ ...content, audited: audited && { ...audited, action: 'async-status' } }];
  },
  refuse: ({ transaction }, problem) => {
    const item = { ...unknownItem('', transaction.acceptedAt), status_reason_message: problem.message };
    const { transactionId: transaction_id, correlationId: correlation_id } = transaction;
    return {
      ...{ status: 'rjct', reasonMessage: problem.message, totalCount: 1, completedCount: 1, count: 0 },
      message: {
        transaction_id,
        correlation_id,
        txnstatus_response: {
          txn_type: 'search',
          txn_status: { transaction_id, correlation_id, search_response: [item] },
        },
      },
    };
  },
});
