import type { Mistake } from './explain.ts';
import type { RawRegistry } from './schema/registries.ts';

/** First parts of the paths below a mount (PROTOCOL 1): a mount that goes on with one would hide another's endpoint. */
const ENDPOINTS = new Set([
  'sync',
  'search',
  'subscribe',
  'unsubscribe',
  'txn',
  'upload',
  'receipt',
  'receipts',
  'notify',
  'enrolled',
  'enrollments',
  'on-search',
  'on-subscribe',
  'on-unsubscribe',
  'on-notify',
]);

/** First parts of the gateway's own paths. */
const RESERVED = new Set(['docs', 'health', 'metrics', 'oauth2', '.well-known']);

/** Mounts that lead to two registries, or over the gateway's own paths. */
export const checkMounts = (registries: Readonly<Record<string, RawRegistry>>): Mistake[] => {
  const mounts = Object.entries(registries).flatMap(([id, { mounts }]) =>
    mounts.map((mount, index) => ({ id, mount, path: ['registries', id, 'mounts', index] })),
  );
  return mounts.flatMap(({ mount, path, id }, at) => {
    const reserved = mount.split('/')[1] ?? '';
    if (RESERVED.has(reserved))
      return [{ path, problem: `takes /${reserved}, which is the gateway's own`, fix: 'choose another path' }];
    const other = mounts.find(
      (each, index) => index !== at && (each.mount === mount ? index < at : hides(each.mount, mount)),
    );
    if (other === undefined) return [];
    return [
      {
        path,
        problem: `collides with ${other.mount} of ${other.id === id ? 'the same registry' : other.id}`,
        fix: 'choose another path',
      },
    ];
  });
};

const hides = (outer: string, inner: string): boolean =>
  inner.startsWith(`${outer}/`) && ENDPOINTS.has(inner.slice(outer.length + 1).split('/')[0] ?? '');
