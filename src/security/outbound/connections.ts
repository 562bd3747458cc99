/** Connections of the outbound client, each of them a client of its own: so it is known which of them was used before. */

import type { Client } from 'undici';
import type { ResolvedAddress } from './target.ts';

/** Where a connection leads: what is kept for one place is not used for another. */
export interface Place {
  readonly origin: string;
  /** As they were checked for this call: one of them is connected, nothing is looked up. */
  readonly addresses: readonly ResolvedAddress[];
  /** Certificate authorities (PEM) instead of the usual ones. */
  readonly authority: string | undefined;
}

export interface Connection {
  readonly client: Client;
  /** It carried a call before: the other side may be ending it in this very moment. */
  used: boolean;
  connected: boolean;
}

export interface Connections {
  /** One that is kept, or a new one. */
  take(place: Place): Promise<Connection>;
  /** One that no call was made on. */
  takeNew(place: Place): Promise<Connection>;
  /** Its call is over and was read to its end. */
  giveBack(place: Place, connection: Connection): void;
  /** Ends those that are kept, and keeps no more. */
  close(): void;
}

/** An idle connection is ended before most servers end it (5 s). */
const IDLE_MS = 4_000;
const IDLE_PER_PLACE = 64;

/** @param keepAlive a connection may be used again, by calls whose checked addresses are those it was made with */
export const createConnections = (keepAlive: boolean, connectMs: number): Connections => {
  const idle = new Map<string, Connection[]>();
  let closed = false;

  const forget = (key: string, connection: Connection): void => {
    const left = (idle.get(key) ?? []).filter((each) => each !== connection);
    if (left.length === 0) idle.delete(key);
    else idle.set(key, left);
  };

  const takeNew = async (place: Place): Promise<Connection> => {
    const connection: Connection = { client: await openClient(place, connectMs), used: false, connected: false };
    connection.client
      .on('connect', () => {
        connection.connected = true;
      })
      .on('disconnect', () => {
        connection.used = false;
        connection.connected = false;
        forget(keyOf(place), connection);
      });
    return connection;
  };

  return {
    take: async (place) => idle.get(keyOf(place))?.pop() ?? takeNew(place),
    takeNew,
    giveBack: (place, connection) => {
      const key = keyOf(place);
      const kept = idle.get(key) ?? [];
      if (!keepAlive || closed || kept.length >= IDLE_PER_PLACE || !connection.connected) {
        end(connection);
        return;
      }
      connection.used = true;
      kept.push(connection);
      idle.set(key, kept);
    },
    close: () => {
      closed = true;
      for (const connection of [...idle.values()].flat()) end(connection);
      idle.clear();
    },
  };
};

/** Ends it at once, whatever it is at. @param reason what its call fails with */
export const end = ({ client }: Connection, reason?: Error): void => client.destroy(reason ?? null, () => undefined);

const keyOf = ({ origin, addresses }: Place): string => `${origin}|${addresses.map(({ address }) => address).join()}`;

const openClient = async ({ origin, addresses, authority }: Place, connectMs: number): Promise<Client> => {
  const { buildConnector, Client } = await import('undici'); // a hundred files: not before the first call
  return new Client(origin, {
    connect: buildConnector({
      // Stands in for the look-up of names: the connection can only choose among the addresses that were checked.
      lookup: (_host, options, done) => {
        const [first] = addresses;
        if (options.all === true) done(null, [...addresses]);
        else done(null, first?.address ?? '', first?.family);
      },
      rejectUnauthorized: true, // outranks the environment
      timeout: connectMs,
      ...(authority !== undefined && { ca: authority }),
    }),
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    // The caller has a deadline for the whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
};
