/** A small registry full of awkward values, on either kind of OpenSPP. */

import { OdooWorld } from './model.ts';
import { namesOf, type OpensppVersion } from './names.ts';
import { MODELS_17 } from './openspp17.ts';
import { MODELS_19 } from './openspp19.ts';

const TEXTS = [
  ...[
    'a',
    'A',
    'á',
    'e\u0301',
    'é',
    'Muñoz',
    'munoz',
    'Müller',
    'MULLER',
    '012',
    '12',
    '12 ',
    ' lead',
    '%',
    '_',
    'a%b',
  ],
  ...['a_b', 'axb', '\\', 'a\\b', "it's", '"q"', 'ß', 'ss', 'İ', 'Жук', '漢字', '😀x', 'null', 'true'],
];
const DATES = ['1950-07-12', '2023-02-28', '2024-02-29', '1999-12-31'];
/** Two of them within one second, and one at its very end. */
const TIMES = [
  '2022-05-05 00:00:00.123456',
  '2022-05-05 00:00:00.5',
  '2022-05-05 23:59:59.999999',
  '1999-12-31 00:00:00',
];

/** The same numbers every time (mulberry32). */
const generator = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

const PERSONS = 30;
const GROUPS = 12;

export const oddWorld = (version: OpensppVersion): OdooWorld => {
  const world = new OdooWorld(version === 17 ? MODELS_17 : MODELS_19);
  const names = namesOf(version);
  const pick = generator(version);
  const one = <Value>(values: readonly Value[]): Value | null =>
    pick(6) === 0 ? null : (values[pick(values.length)] ?? null);
  const add = (model: string, values: Readonly<Record<string, unknown>>): number =>
    world.create(model, values, one(TIMES) ?? undefined);

  world.create('res.currency', { name: 'USD', active: false });
  labels(world, version);
  for (let n = 0; n < 12; n += 1)
    add('spp.area', {
      draft_name: one(TEXTS) ?? 'x',
      name: 'x',
      code: `A${n}`,
      parent_id: n < 3 ? null : (n % 3) + 1,
      area_level: one([0, 1, 2]),
    });
  const registrants = Array.from({ length: PERSONS + GROUPS }, (_, n) =>
    add('res.partner', {
      ...{ is_registrant: true, is_group: n >= PERSONS, active: pick(9) !== 0 },
      ...{
        name: one(TEXTS),
        complete_name: 'x',
        given_name: one(TEXTS),
        family_name: one(TEXTS),
        addl_name: one(TEXTS),
      },
      ...{
        birthdate: one(DATES),
        birth_place: one(TEXTS),
        address: one([...TEXTS, '']),
        email: one(TEXTS),
        phone: one(TEXTS),
      },
      ...{ area_id: one([1, 4, 5, 12]), registration_date: one(DATES), disabled: pick(9) === 0 ? TIMES[0] : null },
      ...(n < PERSONS ? names.sex(pick(4) + 1) : names.group(pick(4) + 1)),
    }),
  );
  const [persons, groups] = [registrants.slice(0, PERSONS), registrants.slice(PERSONS)];
  for (let n = 0; n < 50; n += 1)
    add(names.identifier, {
      ...{ partner_id: registrants[pick(registrants.length)], value: one(TEXTS), expiry_date: one(DATES) },
      ...{ status: one(['valid', 'invalid']), ...names.kind(pick(3) + 1) },
    });
  for (let n = 0; n < 30; n += 1)
    add(names.phone, {
      ...{ partner_id: registrants[pick(registrants.length)], phone_no: one(TEXTS) ?? '1' },
      disabled: pick(5) === 0 ? TIMES[1] : null,
    });
  for (let n = 0; n < 40; n += 1)
    add(names.membership, {
      ...{
        group: groups[pick(GROUPS)],
        individual: persons[pick(PERSONS)],
        ...names.member(pick(3) === 0 ? [1] : pick(3) === 0 ? [2, 1] : [2]),
      },
      ...{
        start_date: one(TIMES),
        ended_date: one([null, null, TIMES[0], '2999-01-01 00:00:00']),
        is_ended: one([null, false, false, true]),
      },
    });
  for (let n = 0; n < 20; n += 1)
    add(names.relation, {
      ...{ source: persons[pick(PERSONS)], destination: persons[pick(PERSONS)], ...names.relates(pick(4) + 1) },
      ...{
        start_date: one(TIMES),
        end_date: one([null, null, TIMES[0], '2999-01-01 00:00:00']),
        disabled: pick(5) === 0 ? TIMES[1] : null,
      },
    });
  return world;
};

/** Kinds of everything, among them one whose name is another's in other letters. */
const labels = (world: OdooWorld, version: OpensppVersion): void => {
  if (version === 19) {
    for (const code of ['head', 'national_id', 'National_ID', ''])
      world.create('spp.vocabulary.code', { code, uri: code === '' ? null : `urn:code:${code}` });
    return;
  }
  for (const name of ['Head', 'Member', 'head']) world.create('g2p.group.membership.kind', { name });
  for (const name of ['National ID', 'national id', '']) world.create('g2p.id.type', { name });
  for (const name of ['Family', 'Household', '']) world.create('g2p.group.kind', { name });
  for (const name of ['Parent', 'Spouse', '']) world.create('g2p.relationship', { name });
};
