/** `POST /registries/{id}/changes` on the admin listener: a registry says which of its records changed (PROTOCOL 11). */

import { createHash, timingSafeEqual } from 'node:crypto';
import { isJsonArray, isJsonObject, type JsonNode, JsonNumber } from '../dci/json-node.ts';
import { parseJson } from '../dci/json-parse.ts';
import { malformed, readText } from '../dci/read-node.ts';
import { decodeBody } from '../dci/utf8.ts';
import { GatewayError } from '../errors.ts';
import type { Push, PushedChange } from '../registry/push.ts';
import type { Registry } from '../registry/registry.ts';
import type { Route } from './exchange.ts';
import { type BodyLimits, readBody, requireJson } from './read-body.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface PushPorts {
  /** Kept before it is answered: the records themselves are read again. */
  readonly push: Push;
  /** Of this registry; undefined: it takes no pushed events. */
  readonly secret: string | undefined;
  readonly body: BodyLimits;
}

const MOST_CHANGES = 1_000;
const LONGEST_NAME = 99;
const LONGEST_KEY = 500;
const BEARER = /^Bearer +([^\s,]+)$/i;

export const pushedEventsRoute = ({ config }: Registry, { push, secret, body }: PushPorts): Route => ({
  name: 'push',
  registryId: config.id,
  answerAction: 'on-push',
  methods: ['POST'],
  handle: async (exchange) => {
    const given = BEARER.exec(exchange.request.headers.authorization ?? '')?.[1];
    if (secret === undefined || given === undefined || !isEqual(given, secret)) {
      throw new GatewayError('request.unauthorized', { detail: 'pushed events need the registry’s secret' });
    }
    requireJson(exchange.request);
    const text = decodeBody(await readBody(exchange.request, exchange.response, body));
    const changes = readPushedChanges(parseJson(text, { maxDepth: 8 }).root);
    await push(
      config.id,
      changes,
      readText(exchange.request.headers['idempotency-key'], 'Idempotency-Key', LONGEST_NAME),
    );
    exchange.answer({ status: 202, contentType: JSON_TYPE, body: `{"accepted":${changes.length}}` });
  },
});

/** Digests are compared: their length tells nothing. */
const isEqual = (left: string, right: string): boolean => timingSafeEqual(digestOf(left), digestOf(right));

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** `{"changes":[{"record_type":"Person","key":"17"}]}`, also with an `event`: keys, never a record. */
const readPushedChanges = (root: JsonNode): readonly PushedChange[] => {
  const nodes = isJsonObject(root) ? root.changes : undefined;
  if (!isJsonArray(nodes) || nodes.length === 0) throw malformed('changes is missing or empty.');
  if (nodes.length > MOST_CHANGES) throw malformed(`changes has more than ${MOST_CHANGES} items.`);
  return nodes.map((node, index) => {
    const place = `changes[${index}]`;
    if (!isJsonObject(node)) throw malformed(`${place} must be an object.`);
    const { key } = node;
    const recordType = readText(node.record_type, `${place}.record_type`, LONGEST_NAME);
    const keyText = readText(key instanceof JsonNumber ? key.text : key, `${place}.key`, LONGEST_KEY);
    if (recordType === undefined || keyText === undefined) throw malformed(`${place} needs record_type and key.`);
    const event = readText(node.event, `${place}.event`, LONGEST_NAME);
    return { recordType, key: keyText, ...(event !== undefined && { event }) };
  });
};
