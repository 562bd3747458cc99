/**
 * `POST {mount}/search`, `/subscribe`, `/unsubscribe`, `/txn/status`: the checks, then it is kept and answered with 202. All
 * of them take a form with a file too, `/upload/search` nothing else.
 */

import type { JsonObject } from '../dci/json-node.ts';
import { readSearchRequest } from '../dci/search-request.ts';
import { readStatusRequest } from '../dci/status-request.ts';
import { readSubscribeRequest } from '../dci/subscribe-request.ts';
import { readUnsubscribeRequest } from '../dci/unsubscribe-request.ts';
import { GatewayError } from '../errors.ts';
import type { Operation } from '../inbound/stages.ts';
import type { Accept, AcceptCall } from '../registry/accept.ts';
import type { ReceiveFile } from '../registry/files/incoming-file.ts';
import type { Registry } from '../registry/registry.ts';
import { requireAction } from '../registry/require-action.ts';
import { subscribeAck, subscriptionCodes } from '../registry/subscription-code.ts';
import type { AnsweringPorts } from './answering-ports.ts';
import { arrivedAt } from './arrived-at.ts';
import type { Route } from './exchange.ts';
import { isForm } from './files/read-form.ts';
import { openUpload, type Upload, type UploadPorts } from './files/upload.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface AsyncPorts extends Omit<AnsweringPorts, 'senderId'> {
  readonly accept: Accept;
  readonly maxItems: number;
  /** Of a subscription without an end. */
  readonly subscriptionLifetimeMs: number;
  readonly uploads: UploadPorts;
  readonly receiveFile: ReceiveFile;
}

/** What the operation's own reader took from the message, for `accept`. */
type Read = Pick<AcceptCall, 'transactionId' | 'correlationId' | 'referenceIds' | 'codes' | 'ack' | 'at' | 'purpose'>;

interface AsyncOperation {
  readonly operation: Operation;
  readonly kind: AcceptCall['operation'];
  /** As partners' rights and scopes name it. */
  readonly right: string;
  /** Nothing but a form is taken. */
  readonly formOnly?: boolean;
  read(message: JsonObject, ports: AsyncPorts): Read;
}

const operationOf = (name: string, action: string, answerAction: string): Operation => ({ name, action, answerAction });

const named = (items: readonly { readonly referenceId: string }[]): readonly string[] =>
  items.map(({ referenceId }) => referenceId).filter((each) => each !== '');

const SEARCH: AsyncOperation = {
  operation: operationOf('async-search', 'search', 'on-search'),
  kind: 'search',
  right: 'search',
  read: (message, { maxItems }) => {
    const { items, ...ids } = readSearchRequest(message, maxItems);
    return { ...ids, referenceIds: named(items) };
  },
};

const OPERATIONS: Readonly<Record<string, AsyncOperation>> = {
  '/search': SEARCH,
  '/upload/search': { ...SEARCH, operation: operationOf('upload-search', 'search', 'on-search'), formOnly: true },
  '/subscribe': {
    operation: operationOf('subscribe', 'subscribe', 'on-subscribe'),
    kind: 'subscribe',
    right: 'subscribe',
    read: (message, { maxItems, clock, subscriptionLifetimeMs }) => {
      const request = readSubscribeRequest(message, maxItems);
      const codes = subscriptionCodes(request);
      const at = clock();
      return {
        transactionId: request.transactionId,
        correlationId: request.correlationId,
        referenceIds: named(request.items),
        codes,
        ack: subscribeAck(request, codes, at, subscriptionLifetimeMs),
        at,
      };
    },
  },
  '/unsubscribe': {
    operation: operationOf('unsubscribe', 'unsubscribe', 'on-unsubscribe'),
    kind: 'unsubscribe',
    right: 'unsubscribe',
    read: (message, { maxItems }) => {
      const { transactionId, correlationId } = readUnsubscribeRequest(message, maxItems);
      return { transactionId, correlationId, referenceIds: [] };
    },
  },
  '/txn/status': {
    operation: operationOf('async-status', 'txn-status', 'txn-on-status'),
    kind: 'txn-status',
    right: 'status',
    read: (message, { maxItems }) => {
      const { transactionId, correlationId } = readStatusRequest(message, maxItems);
      return { transactionId, correlationId, referenceIds: [] }; // nobody asks how far a question is
    },
  },
};

/** The routes of one registry, by path below its mounts. */
export const asyncRoutes = (registry: Registry, ports: AsyncPorts): Readonly<Record<string, Route>> =>
  Object.fromEntries(
    Object.entries(OPERATIONS).map(([path, operation]) => [path, asyncRoute(operation, registry, ports)]),
  );

const asyncRoute = (asked: AsyncOperation, { config }: Registry, ports: AsyncPorts): Route => {
  const { operation, kind, right } = asked;
  return {
    name: operation.name,
    registryId: config.id,
    answerAction: operation.answerAction,
    methods: ['POST'],
    handle: async (exchange) => {
      await using upload = isForm(exchange.request) ? openUpload(exchange, operation, ports.uploads) : undefined;
      const body = upload ?? (asked.formOnly === true ? NO_FORM : undefined);
      const arrived = arrivedAt(exchange, operation, config.id, ports.body, body);
      const valid = await ports.pipeline(arrived, (message) => readMessage(message, asked, ports, upload));
      const { partner, header, received, replay } = valid;
      requireAction(partner, valid.scopes, config.id, right);
      const rows = upload?.rows();
      const file = rows && (await ports.receiveFile(partner, { ...rows, encrypted: valid.encrypted }));
      const call = { partner, registryId: config.id, operation: kind, header, message: received, replay };
      const ack = await ports.accept({ ...call, ...valid.message, ...(file !== undefined && { file }) });
      exchange.answer({ status: 202, contentType: JSON_TYPE, body: await ports.sign(ack, partner) });
    },
  };
};

/** Said once the token is known, as everything of a body is. */
const NO_FORM: Pick<Upload, 'readBody'> = {
  readBody: () =>
    Promise.reject(
      new GatewayError('request.media_type', { message: 'The content type must be multipart/form-data.' }),
    ),
};

const readMessage = (
  message: JsonObject,
  asked: AsyncOperation,
  ports: AsyncPorts,
  upload: Upload | undefined,
): Read => {
  upload?.requireAction();
  if (upload?.rows() === undefined) return asked.read(message, ports);
  const { transactionId, correlationId, purpose } = upload.readMessage(message);
  return { transactionId, correlationId, referenceIds: [], purpose };
};
