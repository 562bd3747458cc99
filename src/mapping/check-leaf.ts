/** What of a value's keys does not go together, and codes that the standard does not know. */

import { codeList } from '../dci/code-lists.ts';
import type { Scalar } from '../dci/filter.ts';
import type { Report, YamlPath } from './report.ts';
import type { LeafSpec } from './spec.ts';
import { parseTextFormat } from './text-dates.ts';

export const checkTogether = (leaf: LeafSpec, report: Report): void => {
  const { path, source } = leaf;
  const say = (key: string, problem: string, fix?: string): void => report.add([...path, key], problem, fix);
  if (leaf.otherwise !== undefined && leaf.codes === undefined)
    say('else', 'stands without codes', 'add codes or remove else');
  if (source.kind !== 'from') {
    const meaningless = {
      codes: leaf.codes,
      else: leaf.otherwise,
      split: leaf.split,
      format: leaf.format,
      search: leaf.search,
    };
    for (const [key, value] of Object.entries(meaningless))
      if (value !== undefined) say(key, `does not go with ${source.kind}`, 'use it with from');
    if (leaf.match !== 'exact') say('match', `does not go with ${source.kind}`);
    if (leaf.missing !== undefined && source.kind !== 'expr') say('default', `does not go with ${source.kind}`);
    if (source.kind === 'const' && leaf.optional) say('optional', 'does not go with const');
    if (source.kind === 'template' && leaf.type !== undefined && leaf.type !== 'text')
      say('template', `makes text, but the field is a ${leaf.type}`);
  }
  if (leaf.format !== undefined) {
    const problem =
      leaf.type === 'date' || leaf.type === 'datetime'
        ? parseTextFormat(leaf.format, leaf.type)
        : 'goes with dates alone';
    if (typeof problem === 'string') say('format', problem, 'write as: date with, say, format: dd/MM/yyyy');
  }
  if (leaf.labels !== undefined && leaf.type !== undefined && leaf.type !== 'text')
    say('labels', `are for text, the field is a ${leaf.type}`);
  if (leaf.match !== 'exact' && leaf.labels !== undefined) say('match', 'does not go with labels');
  if (leaf.match !== 'exact' && leaf.codes !== undefined) say('match', 'does not go with codes');
  if (leaf.match !== 'exact' && leaf.type !== undefined && leaf.type !== 'text')
    say('match', `is for text, the field is a ${leaf.type}`);
  if (leaf.search !== undefined && leaf.match === 'exact')
    say('search', 'stands without match', 'add match: nocase or fold');
  if (leaf.match === 'fold' && leaf.search === 'lower')
    say(
      'search',
      'cannot be lower for fold: lower() keeps accents',
      'name a column that holds the text without case and accents',
    );
  if (leaf.search !== undefined && leaf.search !== 'lower' && source.kind === 'from' && source.columns.length > 1)
    say('search', 'goes with one column in from');
  if (leaf.selective && (leaf.split !== undefined || source.kind === 'expr'))
    say('selective', `is not searchable with ${leaf.split === undefined ? 'expr' : 'split'}`);
};

/** What goes out in a closed list of the standard must be one of its codes. */
export const checkList = (leaf: LeafSpec, report: Report): void => {
  const list = leaf.list === undefined ? undefined : codeList(leaf.list);
  if (list === undefined || list.open) return;
  const check = (value: Scalar | undefined, path: YamlPath): void => {
    if (value !== undefined && !list.codes.has(String(value)))
      report.unknown(path, `in the list ${list.name} the code`, String(value), list.codes.keys());
  };
  for (const [key, value] of leaf.codes ?? []) check(value, [...leaf.path, 'codes', key]);
  for (const key of leaf.labels?.keys() ?? []) check(key, [...leaf.path, 'labels', key]);
  check(leaf.otherwise, [...leaf.path, 'else']);
  check(leaf.missing, [...leaf.path, 'default']);
  if (leaf.source.kind === 'const') check(leaf.source.value, [...leaf.path, 'const']);
};
