/** What a plugin's `create` has to answer, looked at once: a method that is missing is told at the start, not at the first call. */

const REQUIRED = ['search', 'describe', 'health', 'close'] as const;
const OPTIONAL = ['accepts', 'scans', 'changes', 'checkChanges', 'accept'] as const;

/** What keeps this from being a backend, in a sentence for the operator; undefined: it is one. */
export const missingMethod = (backend: unknown): string | undefined => {
  if (typeof backend !== 'object' || backend === null) return 'create answers no backend';
  const parts = backend as Record<string, unknown>; // looked at one by one
  const missing = REQUIRED.find((name) => typeof parts[name] !== 'function');
  if (missing !== undefined) return `the backend that create answers has no method ${missing}`;
  const wrong = OPTIONAL.find((name) => parts[name] !== undefined && typeof parts[name] !== 'function');
  if (wrong !== undefined) return `${wrong} of the backend that create answers is no function`;
  const { capabilities } = parts;
  if (typeof capabilities !== 'object' || capabilities === null)
    return 'the backend that create answers has no capabilities';
  return 'compare' in capabilities && capabilities.compare instanceof Set
    ? undefined
    : 'capabilities.compare of the backend that create answers is no Set of operators';
};
