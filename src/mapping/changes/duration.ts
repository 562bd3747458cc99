import type { Report, YamlPath } from '../report.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `10s`, `5m`, `2h`, `1d`; undefined when nothing is written, or something wrong (reported). */
export const readDuration = (raw: unknown, path: YamlPath, leastMs: number, report: Report): number | undefined => {
  if (raw === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(\d{1,6})(ms|s|m|h|d)$/.exec(String(raw)) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) {
    report.add(path, 'is no duration', 'write 10s, 5m, 2h or 1d');
    return undefined;
  }
  const milliseconds = Number(digits) * factor;
  if (milliseconds >= leastMs) return milliseconds;
  report.add(path, `is shorter than ${leastMs / 1000} s`, 'write a longer one');
  return undefined;
};
