/** The bearer token, from the header, before the body is read (PROTOCOL 3). */

import { GatewayError } from '../errors.ts';
import type { TokenService } from '../security/tokens.ts';
import type { Authenticated, Received } from './stages.ts';

const BEARER = /^Bearer +([^\s,]+)$/i;

/** @throws GatewayError `request.unauthorized`; `request.forbidden` for a demo partner behind a proxy */
export const createAuthenticate =
  (tokens: Pick<TokenService, 'verify'>) =>
  async (received: Received): Promise<Authenticated> => {
    const bearer = BEARER.exec(received.authorization ?? '')?.[1];
    if (bearer === undefined) throw new GatewayError('request.unauthorized', { detail: 'no bearer token' });
    const { partner, scopes } = await tokens.verify(bearer);
    received.notes.partner = partner;
    // Their secrets stand in published guides: a proxy may bring calls from anywhere to this loopback address.
    if (partner.demo && received.throughProxy) {
      throw new GatewayError('request.forbidden', { message: 'Demo partners are not served through a proxy.' });
    }
    return { ...received, stage: 'authenticated', partner, scopes };
  };
