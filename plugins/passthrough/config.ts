/** The `backend` section as a registry writes it, and what the plugin works with. */
import type {
  ConfigProblem,
  Entity,
  UpstreamObject,
  UpstreamOffer,
  UpstreamOptions,
  UpstreamProfile,
} from 'dci-gateway/plugin';

export type Operator = 'eq' | 'ne' | 'in' | 'nin' | 'lt' | 'le' | 'gt' | 'ge' | 'contains' | 'startswith' | 'exists';
export type QueryForm = 'idtype-value' | 'predicate' | 'expression' | 'seq';
/** How the upstream compares text. */
export type Match = 'exact' | 'nocase' | 'fold';

export interface PassthroughConfig {
  readonly url: string;
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly token_url?: string;
  readonly token_style?: 'form' | 'json' | 'basic';
  readonly scope?: string;
  readonly receiver_id?: string;
  readonly sender_ids?: readonly string[];
  readonly keys_url?: string;
  readonly sign?: UpstreamProfile;
  readonly accept?: readonly UpstreamProfile[];
  readonly answers?: 'required' | 'optional';
  readonly private_network?: boolean;
  readonly timeout?: string;
  readonly max_answer?: string;
  readonly queries?: readonly QueryForm[];
  readonly negations?: boolean;
  readonly page_size?: number;
  readonly most_pages?: number;
  readonly most_items?: number;
  readonly none_found?: readonly string[];
  readonly criteria?: UpstreamObject;
  readonly entities: Readonly<Record<string, EntityConfig>>;
  readonly forward?: 'never' | 'unrestricted';
  readonly notifications_from?: string;
  readonly async?: 'gateway' | 'relay';
  readonly callback_url?: string;
  readonly relay_timeout?: string;
  readonly subscribe?: boolean;
  readonly subscribe_events?: readonly string[];
  readonly subscribe_for?: string;
  readonly subscribe_check?: string;
  readonly locations_url?: string;
  readonly paths?: Readonly<Record<string, string>>;
}

export interface EntityConfig {
  readonly record_type?: string;
  readonly key?: string;
  readonly identifiers?: { readonly list: string; readonly type: string; readonly value: string };
  readonly attributes?: Readonly<Record<string, readonly Operator[] | AttributeConfig>>;
}

export interface AttributeConfig {
  readonly name?: string;
  readonly operators?: readonly Operator[];
  readonly here?: readonly Operator[];
  readonly match?: Match;
  readonly sort?: boolean;
}

/** An attribute that the upstream filters by. */
export interface Attribute {
  /** Its name on the wire. */
  readonly name: string;
  readonly operators: ReadonlySet<Operator>;
  /** Compared by this plugin, on the records of an identifier look-up. */
  readonly here: ReadonlySet<Operator>;
  readonly match: Match;
  readonly sort: boolean;
}

/** A record type that is searched. */
export interface RecordType {
  readonly entity: Entity;
  /** As requests name it. */
  readonly wireName: string;
  /** The list that identifier queries look in, and the columns of its items. */
  readonly identifiers: { readonly list: string; readonly type: string; readonly value: string } | undefined;
  /** The type of the identifier that records are told apart by. */
  readonly key: string | undefined;
  /** By dotted path from the record. */
  readonly attributes: ReadonlyMap<string, Attribute>;
}

const DEFAULT_TIMEOUT = '8s';
const DEFAULT_RELAY_TIMEOUT = '10m';
const DEFAULT_MAX_ANSWER = '4MB';
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  KB: 1024,
  MB: 1024 * 1024,
};

/** The upstream's own asynchronous searches: who calls back, and where. Undefined: its synchronous ones do. */
export const relayOptions = (config: PassthroughConfig): UpstreamOffer['relay'] => {
  const { async: mode, notifications_from: partner, callback_url: url } = config;
  if (mode !== 'relay' || partner === undefined || url === undefined) return undefined;
  return {
    partner,
    callbackUrl: url.replace(/\/+$/, ''),
    timeoutMs: measure(config.relay_timeout ?? DEFAULT_RELAY_TIMEOUT),
    maxBytes: measure(config.max_answer ?? DEFAULT_MAX_ANSWER),
  };
};

/** `8s` in milliseconds, `4MB` in bytes; the schema has let nothing else through. */
export const measure = (text: string): number => Number.parseInt(text, 10) * (UNITS[text.replace(/^\d+/, '')] ?? 1);

export const upstreamOptions = (config: PassthroughConfig): UpstreamOptions => {
  const { url, client_id: clientId, client_secret: clientSecret, scope, receiver_id: receiverId } = config;
  const send = config.sign ?? 'dci-spaced';
  return {
    url,
    ...(clientId !== undefined &&
      clientSecret !== undefined && {
        token: {
          url: config.token_url ?? `${url.replace(/\/+$/, '').replace(/\/[^/]*$/, '')}/oauth2/client/token`,
          ...{ clientId, clientSecret, style: config.token_style ?? 'form' },
          ...(scope !== undefined && { scope }),
        },
      }),
    ...(receiverId !== undefined && { receiverId }),
    senderIds: config.sender_ids ?? [],
    ...(config.keys_url !== undefined && { keysUrl: config.keys_url }),
    ...{ send, accept: config.accept ?? ['dci-spaced', 'dci-compact', 'dci-normalised'] },
    answers: config.answers ?? 'required',
    privateNetwork: config.private_network ?? false,
    timeoutMs: measure(config.timeout ?? DEFAULT_TIMEOUT),
    maxBytes: measure(config.max_answer ?? DEFAULT_MAX_ANSWER),
  };
};

/** Mistakes that the schema cannot see. */
export const checkConfig = (config: PassthroughConfig): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const refuse = (key: string, problem: string, fix: string): void => void problems.push({ path: [key], problem, fix });
  for (const key of ['url', 'token_url', 'keys_url', 'callback_url'] as const) {
    const url = config[key] === undefined ? undefined : URL.parse(config[key]);
    if (url === undefined) continue;
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.hash !== '' || url.search !== '')
      refuse(key, 'is no http or https address', 'write it without user, query and fragment');
  }
  if ((config.client_id === undefined) !== (config.client_secret === undefined))
    refuse('client_id', 'stands without its other half', 'give client_id and client_secret');
  if (config.token_url !== undefined && config.client_id === undefined)
    refuse('token_url', 'has no credentials', 'give client_id and client_secret');
  if ((config.answers ?? 'required') === 'required' && config.keys_url === undefined)
    refuse('keys_url', 'is missing, but answers must be signed', 'give its key set, or answers: optional');
  const { origin } = URL.parse(config.url) ?? {};
  const elsewhere = (path: ConfigProblem['path'], text: string): void => {
    if (URL.parse(text)?.origin === origin && !text.includes('#')) return;
    problems.push({ path, problem: 'does not lie on the origin of url', fix: 'our token goes there alone' });
  };
  if (config.locations_url !== undefined) elsewhere(['locations_url'], config.locations_url);
  for (const [path, url] of Object.entries(config.paths ?? {})) elsewhere(['paths', path], url);
  for (const key of ['notifications_from', 'callback_url'] as const)
    if (config.async === 'relay' && config[key] === undefined)
      refuse(
        key,
        'is missing, but searches are relayed',
        'say as whom the upstream calls back, and at which mount of ours',
      );
  if (config.async !== 'relay' && config.relay_timeout !== undefined)
    refuse('relay_timeout', 'has no use where searches are not relayed', 'write async: relay, or remove it');
  if (config.async !== 'relay' && config.subscribe !== true && config.callback_url !== undefined)
    refuse('callback_url', 'has no use where nobody calls back', 'write async: relay or subscribe: true, or remove it');
  if (config.forward === 'unrestricted' && config.answers === 'optional')
    refuse('forward', 'sends answers back as they are, which may be unsigned', 'write answers: required');
  return problems;
};
