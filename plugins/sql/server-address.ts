/** What may stand in the address of a server. Everything after the `?` is the driver's, which lets it win over the gateway's own settings. */

import type { UrlProblem } from './accept/accept-schema.ts';
import type { SqlClient } from './config.ts';

type ServerClient = Exclude<SqlClient, 'sqlite'>;

const PROTOCOLS: Readonly<Record<ServerClient, readonly string[]>> = {
  postgres: ['postgres:', 'postgresql:'],
  mysql: ['mysql:', 'mariadb:'],
  mariadb: ['mysql:', 'mariadb:'],
};

export const protocolOf = (client: ServerClient): string => PROTOCOLS[client][0] ?? '';

/** Of PostgreSQL; what is not here would change how values come out, or what a session may do. */
const TLS_PARAMETERS = ['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation', 'uselibpqcompat'];
const PARAMETERS: Readonly<Record<ServerClient, readonly string[]>> = {
  postgres: ['application_name', 'host', 'options', 'port', ...TLS_PARAMETERS],
  mysql: ['socketPath'],
  mariadb: ['socketPath'],
};

/** `tls`: whether the section says how TLS is. */
export const addressProblem = (client: SqlClient, url: string, tls: boolean): UrlProblem | undefined => {
  if (client === 'sqlite') return undefined;
  if (!URL.canParse(url)) return { problem: 'is not a URL' };
  const { protocol, pathname, searchParams } = new URL(url);
  if (!PROTOCOLS[client].includes(protocol)) return { problem: `does not start with ${protocolOf(client)}//` };
  if (pathname.length < 2) return { problem: 'names no database', fix: 'add /name to it' };
  const given = [...searchParams.keys()];
  const unknown = given.find((name) => !PARAMETERS[client].includes(name));
  if (unknown !== undefined)
    return {
      problem: `has the parameter ${unknown}, which is not taken from an address`,
      fix: /ssl/i.test(unknown)
        ? 'remove it and write the section ssl'
        : 'remove it; the options are in the README of the plugin',
    };
  const doubled = tls ? given.find((name) => TLS_PARAMETERS.includes(name)) : undefined;
  return doubled === undefined
    ? undefined
    : { problem: `says ${doubled}, and the section ssl says how TLS is`, fix: `remove ${doubled} from the address` };
};

export interface PostgresAddress {
  readonly connectionString: string;
  /** Of the session: those of the address first, so that ours win. */
  readonly options: string;
}

/** `options` of an address would take the place of ours: they are put before them. */
export const postgresAddress = (url: string, settings: Readonly<Record<string, string | number>>): PostgresAddress => {
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const address = new URL(url);
  const theirs = address.searchParams.getAll('options');
  address.searchParams.delete('options');
  const connectionString = theirs.length === 0 ? url : address.href;
  return { connectionString, options: [...theirs, ...ours].join(' ') };
};
