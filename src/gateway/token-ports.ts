import type { TokenPorts } from '../http/token-route.ts';
import type { Budgets } from '../limits/budgets.ts';
import { createTokenEndpoint } from '../security/token-request.ts';
import type { AppsInput } from './create-apps.ts';

/** The token endpoint, and the one for what came through a proxy: a demo partner is unknown there. */
export const tokenPorts = ({ config, security, limiter, log }: AppsInput, budgets: Budgets): TokenPorts => {
  const { tokens, directory, secrets } = security;
  const shared = { tokens, secrets, limiter, budgets, config: config.tokens, log };
  const withoutDemo = {
    all: directory.all,
    byClientId: (clientId: string) => {
      const partner = directory.byClientId(clientId);
      return partner?.demo === true ? undefined : partner;
    },
  };
  return {
    endpoint: createTokenEndpoint({ ...shared, directory }),
    behindProxy: createTokenEndpoint({ ...shared, directory: withoutDemo }),
    partnerById: directory.byId,
    bodyTimeoutMs: config.server.bodyTimeoutMs,
  };
};
