/** A gateway in front of another one: the second serves the sample registry, the first knows it as an upstream that speaks DCI. */

import type { Client, ClientOptions } from './client.ts';
import { DEMO_PARTNER, type RunningGateway, type StartOptions, startGateway } from './gateway.ts';
import { freePort } from './local-server.ts';

export const FRONT_SENDER = 'front.example.org';

/** As the upstream lets itself be asked: everything that its sample filters by. */
export const PERSON_ATTRIBUTES = {
  'identifier.identifier_type': ['eq', 'in'],
  'identifier.identifier_value': ['eq', 'in'],
  birth_date: { operators: ['eq', 'ge', 'le', 'gt', 'lt', 'ne'], sort: true },
  sex: ['eq', 'in', 'ne', 'nin', 'exists'],
  'name.surname': { operators: ['eq', 'startswith'], match: 'fold', sort: true },
  'name.given_name': { operators: ['eq', 'contains'], match: 'fold' },
  'address.region_code': ['eq', 'in'],
  phone_number: ['eq'],
};

export const ENTITIES = { Person: { attributes: PERSON_ATTRIBUTES } };

/** The backend section of the front, for an upstream at this address. */
export const upstreamBackend = (url: string, over: object = {}): Readonly<Record<string, unknown>> => ({
  plugin: 'passthrough',
  url: `${url}/registry`,
  client_id: 'front',
  client_secret: 'front-secret-0123456789',
  keys_url: `${url}/.well-known/jwks.json`,
  private_network: true,
  queries: ['idtype-value', 'expression'],
  entities: ENTITIES,
  ...over,
});

/** How the upstream knows the front. */
export const FRONT_AS_PARTNER = {
  client_id: 'front',
  client_secret: 'front-secret-0123456789',
  sender_ids: [FRONT_SENDER],
  demo: true,
  registries: { social: { search: 'any', records: 'all', actions: 'all' } },
};

/** An upstream that knows the keys of a front at this port. */
export const startUpstream = (
  frontPort: number,
  over: object = {},
  config: Config = {},
  partners: object = {},
): Promise<RunningGateway> => {
  const front = `http://127.0.0.1:${frontPort}`;
  return startGateway({
    config: {
      identity: { id: 'upstream.example.org' },
      outbound: { allow_origins: [front], private_origins: [front] },
      ...config,
      partners: { front: { ...FRONT_AS_PARTNER, jwks_url: `${front}/.well-known/jwks.json`, ...over }, ...partners },
    },
  });
};

type Config = NonNullable<StartOptions['config']>;

export interface FrontOptions {
  readonly port?: number;
  readonly backend?: object;
  readonly registry?: object;
  readonly partners?: Readonly<Record<string, unknown>>;
  readonly config?: Config;
  readonly gateway?: StartOptions['gateway'];
}

/** A gateway whose one registry is the upstream at this address. */
export const startFront = (upstream: string, options: FrontOptions = {}): Promise<RunningGateway> => {
  const { port = 0, backend, registry, partners, config, gateway } = options;
  return startGateway({
    ...(gateway !== undefined && { gateway }),
    config: {
      identity: { id: FRONT_SENDER },
      server: { port },
      registries: {
        social: {
          ...{ domain: 'social', mounts: ['/registry'], sample: true, records: 'dci' },
          backend: upstreamBackend(upstream, backend),
          ...registry,
        },
      },
      ...config,
      partners: { 'external-system': DEMO_PARTNER, ...partners },
    },
  });
};

export interface Pair extends AsyncDisposable {
  readonly upstream: RunningGateway;
  readonly front: RunningGateway;
}

export const startPair = async (
  options: Omit<FrontOptions, 'port'> & {
    readonly upstream?: { readonly partner?: object; readonly partners?: object; readonly config?: Config };
  } = {},
): Promise<Pair> => {
  const port = await freePort();
  const upstream = await startUpstream(
    port,
    options.upstream?.partner,
    options.upstream?.config,
    options.upstream?.partners,
  );
  const front = await startFront(upstream.url, { ...options, port }).catch(async (cause: unknown) => {
    await upstream.close();
    throw cause;
  });
  const close = async (): Promise<void> => {
    await front.close();
    await upstream.close();
  };
  return { upstream, front, [Symbol.asyncDispose]: close };
};

/** How each knows the other where the upstream calls the front: by its key set, signed, with a token of the front. */
export const callingUpstream = (name: string, upstreamUrl: string, frontUrl: string) => ({
  /** The front, as the upstream knows it. */
  front: {
    signature: { require: 'required' },
    callbacks: [frontUrl],
    callback: { token_url: `${frontUrl}/oauth2/client/token`, client_id: name, client_secret: 'secret123' },
  },
  /** The upstream, as the front knows it. */
  upstream: partnerWith(
    name,
    { search: 'identifiers', records: {}, actions: ['receive'] },
    { jwks_url: `${upstreamUrl}/.well-known/jwks.json`, signature: { require: 'required' } },
  ),
});

/** A partner of the front with these rights. */
export const partnerWith = (name: string, rights: object, over: object = {}): object => ({
  ...{ client_id: name, client_secret: 'secret123', sender_ids: [`${name}.example.org`], demo: true },
  ...{ signature: { require: 'optional' }, registries: { social: rights }, ...over },
});

export const clientOf = (gateway: RunningGateway, name: string, over: Partial<ClientOptions> = {}): Client =>
  gateway.client({ clientId: name, senderId: `${name}.example.org`, ...over });
