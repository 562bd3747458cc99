/** What a backend that speaks DCI is called with: our keys, the one outbound client, the one check of signatures. */

import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { Upstream, UpstreamOptions } from '../plugin.ts';
import type { FindDecryptionKey } from '../security/encryption/decrypt.ts';
import { createPartnerKeys } from '../security/keys/partner-keys.ts';
import { createCheckedAgent } from '../security/outbound/checked-agent.ts';
import { createOutbound } from '../security/outbound/http-client.ts';
import type { SignatureCrypto } from '../security/signatures/crypto.ts';
import { createNodeCrypto } from '../security/signatures/crypto-node.ts';
import { createVerifier } from '../security/signatures/verify.ts';
import type { WriteFor } from '../security/write-for.ts';
import { createUpstreamLink } from '../upstream/upstream-link.ts';

export interface ConnectInput {
  readonly config: Config;
  readonly writeFor: WriteFor;
  readonly decryptionKey: FindDecryptionKey;
  readonly crypto: SignatureCrypto;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes what a registry's plugin is lent. Connects nothing yet. */
export type ConnectUpstream = (registry: string, options: UpstreamOptions) => Upstream;

export const createConnectUpstream =
  ({ config, writeFor, decryptionKey, crypto, clock, log }: ConnectInput): ConnectUpstream =>
  (registry, options) => {
    // The operator wrote these addresses: their schemes and ports are as meant, private ones only where said so.
    const origins = [options.url, options.token?.url, options.keysUrl].flatMap((each) =>
      each === undefined ? [] : [new URL(each).origin],
    );
    const { allowOrigins, privateOrigins } = config.outbound;
    const reach = {
      timeoutMs: options.timeoutMs,
      allowOrigins: [...allowOrigins, ...origins],
      privateOrigins: [...privateOrigins, ...(options.privateNetwork ? origins : [])],
    };
    const outbound = createOutbound(reach, { keepAlive: true });
    const verifier = createVerifier({
      partnerKeys: createPartnerKeys({ outbound, clock, log }),
      clock,
      config: config.signatures,
      crypto,
    });
    return createUpstreamLink(options, {
      id: `upstream:${registry}`,
      ...{ outbound, checked: createCheckedAgent(options.url, reach), verifier, writeFor, decryptionKey, clock },
      senderId: config.identity.id,
    });
  };

/** For commands that look at a registry: they send no message, and our key lies in a store that may be another process's. */
export const connectUnsigned = (config: Config, log: Log): ConnectUpstream =>
  createConnectUpstream({
    ...{ config, log, clock: Date.now, crypto: createNodeCrypto() },
    decryptionKey: () => undefined,
    writeFor: () => Promise.reject(new Error('a command signs nothing')),
  });
