/** An agent for those who connect by themselves: it leads to addresses that were judged, like every call of ours (PROTOCOL 4). */

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { OutboundConfig } from '../../config/config.ts';
import { checkedAddresses, readTarget, resolveBySystem } from './target.ts';

export interface CheckedAgent {
  readonly agent: HttpAgent;
  /** Before each call: a literal address is never looked up. @throws OutboundError */
  check(): Promise<void>;
  close(): void;
}

/** For calls to this URL's origin alone. */
export const createCheckedAgent = (text: string, config: OutboundConfig): CheckedAgent => {
  const origins = (list: readonly string[]): Set<string> => new Set(list.map((each) => new URL(each).origin));
  const allowed = origins(config.allowOrigins);
  const url = new URL(text);
  const mayBePrivate = origins(config.privateOrigins).has(url.origin);
  const addresses = () => checkedAddresses(readTarget(text, allowed), mayBePrivate, resolveBySystem);
  const lookup: LookupFunction = (_host, options, done) => {
    addresses().then(
      (found) => {
        if (options.all === true) done(null, [...found]);
        else done(null, found[0]?.address ?? '', found[0]?.family);
      },
      (error: Error) => done(error, '', 0),
    );
  };
  const secure = url.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ lookup, keepAlive: true, rejectUnauthorized: true }) : new HttpAgent({ lookup, keepAlive: true }); // biome-ignore format: one look
  return {
    agent,
    check: async () => {
      await addresses();
    },
    close: () => agent.destroy(),
  };
};
