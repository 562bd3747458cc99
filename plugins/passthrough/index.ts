/** A registry that speaks DCI already: OpenSPP 2, OpenCRVS, OpenG2P or another gateway. */
import { definePlugin } from 'dci-gateway/plugin';
import { checkConfig, type PassthroughConfig } from './config.ts';
import { configSchema } from './config-schema.ts';
import { createPassthroughBackend } from './passthrough-backend.ts';
import { subscriptionProblems } from './subscription.ts';

export default definePlugin<PassthroughConfig>({
  name: 'passthrough',
  configSchema,
  check: (config) => [...checkConfig(config), ...subscriptionProblems(config)],
  create: (config, { dci }) => {
    if (dci === undefined) throw new Error('passthrough needs what a gateway lends: it signs as the gateway');
    return createPassthroughBackend(config, dci);
  },
});
