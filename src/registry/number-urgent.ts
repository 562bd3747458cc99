/** Numbers the events of subscriptions without a frequency: right after the page that made them, and what a crash left. */

import { EVENTS } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import type { NumberEvents } from './notify.ts';

export type NumberUrgent = (registry: string) => Promise<void>;

const PAGE = 500;
const AT_ONCE = 32;

export const createNumberUrgent =
  (documents: Documents, numberEvents: NumberEvents): NumberUrgent =>
  async (registry) => {
    for (;;) {
      const urgent = await documents.find(EVENTS, { index: 'byUrgent', equals: [registry, true], limit: PAGE });
      const codes = [...new Set(urgent.map(({ sub }) => sub))];
      for (let from = 0; from < codes.length; from += AT_ONCE)
        await Promise.all(codes.slice(from, from + AT_ONCE).map((code) => numberEvents(code, 'one')));
      if (urgent.length < PAGE) return;
    }
  };
