/** How forms with files are taken in: their limits, and where a file waits until its signature is proved. */

import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { UploadPorts } from '../http/files/upload.ts';
import { createConcurrency } from '../limits/concurrency.ts';
import type { SharedLimits } from './shared-limits.ts';

export const uploadPorts = ({ files, server, store }: Config, { budgets }: SharedLimits, clock: Clock): UploadPorts => {
  const arriving = createConcurrency('Too many files of this partner are arriving.');
  const { maxBytes, maxJsonBytes, timeoutMs } = files;
  return {
    ...{ clock, maxJsonBytes },
    limits: { maxBytes, timeoutMs, pauseMs: server.bodyTimeoutMs, folder: join(store.folder, 'uploads') },
    bound: (partner, work) => arriving.run(partner.id, budgets.concurrentSearches(partner), work),
  };
};
