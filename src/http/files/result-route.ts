/** `GET {mount}/upload/result?id=…&format=json|csv`: the whole result of a search by file, for its partner's token only (PROTOCOL 9). */

import { GatewayError } from '../../errors.ts';
import type { BearerPipeline } from '../../inbound/bearer-pipeline.ts';
import type { Operation } from '../../inbound/stages.ts';
import type { OpenResult } from '../../registry/files/result-file.ts';
import type { ResultFormat } from '../../registry/files/result-pieces.ts';
import type { Registry } from '../../registry/registry.ts';
import { requireAction } from '../../registry/require-action.ts';
import type { FindRecipient } from '../../security/encryption/ready-message.ts';
import { arrivedAt } from '../arrived-at.ts';
import type { Route } from '../exchange.ts';
import { CallerGone } from '../read-body.ts';
import { JSON_TYPE, streamAnswer } from '../write-answer.ts';
import type { UploadPorts } from './upload.ts';

export interface ResultPorts {
  readonly bearerOnly: BearerPipeline;
  readonly openResult: OpenResult;
  readonly findRecipient: FindRecipient;
  readonly uploads: Pick<UploadPorts, 'bound'>;
}

const RESULT: Operation = { name: 'upload-result', action: 'search', answerAction: 'on-search' };

const TYPES: Readonly<Record<ResultFormat, string>> = {
  json: JSON_TYPE,
  csv: 'text/csv; charset=utf-8; header=present',
};

export const resultRoute = ({ config }: Registry, ports: ResultPorts): Route => ({
  name: RESULT.name,
  registryId: config.id,
  answerAction: RESULT.answerAction,
  methods: ['GET'],
  handle: async (exchange) => {
    const arrived = arrivedAt(exchange, RESULT, config.id, { bytes: 0, timeoutMs: 0 });
    const { partner, scopes } = await ports.bearerOnly(arrived);
    requireAction(partner, scopes, config.id, 'search');
    const recipient = await ports.findRecipient(partner);
    const query = new URLSearchParams(exchange.query);
    const format = formatOf(query.get('format'));
    const type = TYPES[recipient.key === undefined ? format : 'json'];
    await ports.uploads.bound(partner, async () => {
      const result = await ports.openResult({ partner, registryId: config.id, ticket: query.get('id') ?? '' });
      const pieces = result.pieces(format, recipient); // refused here, whatever the method; read only below
      if (exchange.request.method === 'HEAD') {
        exchange.answer({ status: 200, contentType: type, body: '' });
        return;
      }
      try {
        await streamAnswer(exchange.response, exchange.requestId, type, pieces);
      } catch (cause) {
        throw isGone(cause) ? new CallerGone('the reader of a result went away', { cause }) : cause;
      }
    });
  },
});

const formatOf = (name: string | null): ResultFormat => {
  if (name === null || name === '' || name === 'json') return 'json';
  if (name === 'csv') return 'csv';
  throw new GatewayError('request.bad', { message: 'format must be json or csv.' });
};

const isGone = (cause: unknown): boolean =>
  cause instanceof Error &&
  'code' in cause &&
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(String(cause.code));
