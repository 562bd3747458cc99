/** What a partner's system does: gets a token, signs its messages, posts them. */

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createNodeCrypto } from '../src/security/signatures/crypto-node.ts';
import { createSigner } from '../src/security/signatures/sign.ts';

export interface Acknowledged {
  readonly message: {
    readonly correlation_id: string;
    readonly subscription_code?: string;
  };
}

export interface DemoPartner {
  /** Its entry in the gateway's configuration. */
  entry(receiver: string): object;
  /** @throws when there is no token */
  connect(url: string): Promise<void>;
  /** Posts a signed message; resolves with the acknowledgement. @throws with what the gateway says when it refuses */
  send(path: string, action: string, message: object): Promise<Acknowledged>;
}

const SENDER = 'health.example.gov';
const KEY = 'key-1';
const SIGNATURES = {
  validitySeconds: 300,
  skewSeconds: 60,
  maxValiditySeconds: 3_600,
  defaultProfile: 'dci-spaced',
  placeholders: [],
  jwksMaxAgeSeconds: 3_600,
} as const;

export const demoPartner = (): DemoPartner => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const seedAndPoint = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]);
  const key = {
    kid: `${SENDER}|${KEY}|ed25519`,
    keyId: KEY,
    keyObject: privateKey,
    publicKeyObject: publicKey,
    seedAndPoint,
  };
  const signer = createSigner({
    ownKeys: { signingKey: () => key },
    clock: Date.now,
    config: SIGNATURES,
    crypto: createNodeCrypto(),
  });
  const secret = randomBytes(24).toString('base64url');
  let gateway = '';
  let token = '';

  const post = async (path: string, headers: Readonly<Record<string, string>>, body: string): Promise<unknown> => {
    const response = await fetch(`${gateway}${path}`, { method: 'POST', headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };

  return {
    entry: (receiver) => ({
      client_id: 'health',
      client_secret: secret,
      sender_ids: [SENDER],
      keys: [{ key_id: KEY, jwk: publicKey.export({ format: 'jwk' }) }],
      callbacks: [receiver],
      callback: { url: receiver },
      registries: {
        registry: {
          search: 'selective',
          actions: 'all',
          records: {
            Person: {
              fields: ['identifier', 'name', 'sex', 'birth_date'],
              attributes: ['identifier'],
              identifier_types: ['urn:gov:national-id'],
            },
          },
        },
      },
    }),
    connect: async (url) => {
      gateway = url;
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'health',
        client_secret: secret,
      });
      const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const answer = await post('/oauth2/client/token', type, form.toString());
      token = (answer as { access_token: string }).access_token;
    },
    send: async (path, action, message) => {
      const header = {
        version: '1.0.0',
        message_id: randomUUID(),
        message_ts: new Date().toISOString(),
        action,
        sender_id: SENDER,
        total_count: 1,
      };
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
      const body = await signer.sign({ header, message: { ...message } }, 'dci-spaced');
      return (await post(`/registry${path}`, headers, body)) as Acknowledged;
    },
  };
};
