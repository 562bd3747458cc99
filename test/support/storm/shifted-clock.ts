/** Preloaded by a gateway of a storm: `--import …/shifted-clock.ts?ms=20000` sets its clock 20 s on. */

const off = Number(new URL(import.meta.url).searchParams.get('ms'));
if (!Number.isFinite(off)) throw new Error('shifted-clock.ts?ms= wants a number of milliseconds');

const RealDate = Date;
const now = (): number => RealDate.now() + off;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});

export {};
