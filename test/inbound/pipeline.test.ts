import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/dci/json-node.ts';
import { GatewayError } from '../../src/errors.ts';
import type { Notes } from '../../src/inbound/notes.ts';
import { createPipeline, type Steps } from '../../src/inbound/pipeline.ts';
import type {
  Admitted,
  Arrived,
  Authenticated,
  Enveloped,
  Opened,
  Received,
  Valid,
  Verified,
} from '../../src/inbound/stages.ts';
import { partnerOf } from '../support/partners.ts';

const notes: Notes = {
  requestId: 'r',
  registryId: 'social',
  operation: 'search',
  answerAction: 'on-search',
  partner: undefined,
  senderId: undefined,
  transactionId: undefined,
  correlationId: 'c',
  reason: undefined,
};

const arrived: Arrived = {
  stage: 'arrived',
  operation: { name: 'search', action: 'search', answerAction: 'on-search' },
  registryId: 'social',
  address: '127.0.0.1',
  throughProxy: false,
  authorization: undefined,
  notes,
  readBody: () => Promise.reject(new Error('the body was read')),
};

const common = {
  operation: arrived.operation,
  registryId: 'social',
  partner: partnerOf('p'),
  scopes: 'all',
  notes,
} as const;
const empty = Object.create(null) as JsonObject;

/** Steps that only note their name. */
const recordingSteps = (seen: string[]): Steps => {
  const passed = <Stage>(name: string, stage: Stage): Promise<Stage> => {
    seen.push(name);
    return Promise.resolve(stage);
  };
  const replay = { expires: undefined, contentDigest: '' };
  const verified = { ...common, header: empty, message: empty, replay, kept: { text: '', envelope: empty } };
  return {
    limitAddress: () => passed<Received>('address', { ...arrived, stage: 'received' }),
    authenticate: () => passed<Authenticated>('token', { ...arrived, ...common, stage: 'authenticated' }),
    bound: async (authenticated, work) => {
      seen.push('bound');
      return work(authenticated).finally(() => seen.push('bound ended'));
    },
    parseEnvelope: () =>
      passed<Enveloped>('envelope', {
        ...common,
        stage: 'enveloped',
        text: '',
        envelope: empty,
        document: { root: empty, members: new Map() },
        header: empty,
        message: empty,
        senderId: 's',
      }),
    verifySignature: () => passed<Verified>('signature', { ...verified, stage: 'verified' }),
    admit: () => passed<Admitted>('limits', { ...verified, stage: 'admitted' }),
    openMessage: () => passed<Opened>('opened', { ...verified, stage: 'opened', encrypted: false }),
    validate: async <Message>(opened: Opened, read: (message: JsonObject) => Message): Promise<Valid<Message>> => {
      seen.push('schema');
      const header = { messageId: 'm', senderId: 's', senderUri: undefined, totalCount: 1 };
      const { message: received, encrypted, replay, kept } = opened;
      return { ...common, stage: 'valid', header, message: read(received), received, encrypted, replay, kept };
    },
  };
};

test('the checks run in the order of the protocol', async () => {
  const seen: string[] = [];
  await createPipeline(recordingSteps(seen))(arrived, () => 'read');
  assert.deepEqual(seen, [
    ...['address', 'token', 'bound', 'envelope', 'signature', 'bound ended', 'limits', 'opened', 'schema'],
  ]);
});

test('a refusal ends the chain: nothing behind it runs', async () => {
  const seen: string[] = [];
  const steps: Steps = {
    ...recordingSteps(seen),
    authenticate: () => Promise.reject(new GatewayError('request.unauthorized')),
  };
  await assert.rejects(
    createPipeline(steps)(arrived, () => 'read'),
    { code: 'request.unauthorized' },
  );
  assert.deepEqual(seen, ['address']);
});

test('swapping two steps does not compile', () => {
  const steps = recordingSteps([]);
  const swapped = async (): Promise<void> => {
    const received = await steps.limitAddress(arrived);
    const authenticated = await steps.authenticate(received);
    // @ts-expect-error the envelope is not read yet
    await steps.verifySignature(authenticated);
    // @ts-expect-error the address was not counted
    await steps.authenticate(arrived);
    const enveloped = await steps.parseEnvelope(authenticated);
    // @ts-expect-error the signature was not checked
    await steps.admit(enveloped);
    // @ts-expect-error the signature was not checked
    await steps.openMessage(enveloped);
    const verified = await steps.verifySignature(enveloped);
    // @ts-expect-error the partner's limit was not counted
    await steps.openMessage(verified);
    const admitted = await steps.admit(verified);
    // @ts-expect-error the message may be encrypted still
    await steps.validate(admitted, () => 'read');
    // @ts-expect-error a stage is not passed twice
    await steps.admit(admitted);
  };
  assert.equal(typeof swapped, 'function');
});
