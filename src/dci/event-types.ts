/** Events by every spelling of the field: what `reg_event_type` of a subscription means, and what a notification carries (PROTOCOL 7 and 8). */

import type { DomainName } from './domains.ts';

export type RecordChange = 'created' | 'updated' | 'deleted';

/** What a subscription wants to be told of. */
export interface EventType {
  readonly changes: readonly RecordChange[];
  /** A domain's own event: only changes that their source names so. */
  readonly event?: string;
  /** What stands for it in a registry whose changes do not name it: a birth makes a record. */
  readonly otherwise?: RecordChange;
}

const EVERY_CHANGE: readonly RecordChange[] = ['created', 'updated', 'deleted'];

/** Spellings without prefix, `_`, `-` and blanks, in capitals. */
const CHANGES: Readonly<Record<RecordChange, readonly string[]>> = {
  created: [
    ...['REGISTER', 'REGISTRATION', 'REGISTERED', 'CREATE', 'CREATED', 'CREATION', 'NEW', 'ADD', 'ADDED', 'INSERT'],
    ...['ENROL', 'ENROLL', 'ENROLLED', 'ENROLMENT', 'ENROLLMENT', 'ENROLEMENT', 'ENROLLEMENT'],
  ],
  updated: ['UPDATE', 'UPDATED', 'UPDATION', 'CHANGE', 'CHANGED', 'MODIFY', 'MODIFIED', 'EDIT'],
  deleted: [
    ...['DELETE', 'DELETED', 'DELETION', 'REMOVE', 'REMOVED', 'REMOVAL'],
    ...['DEREGISTER', 'DEREGISTERED', 'DEREGISTRATION', 'UNREGISTER'],
  ],
};

const EVERY = ['*', 'ALL', 'ANY'];

interface DomainEvent {
  readonly spellings: readonly string[];
  readonly otherwise?: RecordChange;
  /** As the standard writes it. */
  readonly standard?: string;
}

const EVENTS: Readonly<Record<string, DomainEvent>> = {
  LIVE_BIRTH: { spellings: ['LIVEBIRTH', 'BIRTH', 'BIRTHREGISTRATION'], otherwise: 'created', standard: 'LiveBirth' },
  DEATH: { spellings: ['DEATH', 'DEATHREGISTRATION'], standard: 'Death' },
  FETAL_DEATH: { spellings: ['FETALDEATH', 'STILLBIRTH'], standard: 'FetalDeath' },
  MARRIAGE: { spellings: ['MARRIAGE'], standard: 'Marriage' },
  DIVORCE: { spellings: ['DIVORCE'], standard: 'Divorce' },
  ADOPTION: { spellings: ['ADOPTION'], standard: 'Adoption' },
  NEW_HOUSEHOLD_MEMBER: { spellings: ['NEWHOUSEHOLDMEMBER', 'NEWMEMBER'], standard: 'NewHouseHoldMember' },
  ENROLLMENT_STATUS_CHANGE: {
    spellings: ['ENROLLEMENTSTATUSCHANGE', 'ENROLLMENTSTATUSCHANGE', 'ENROLMENTSTATUSCHANGE'],
    otherwise: 'updated',
    standard: 'enrollement_status_change',
  },
};

const BY_SPELLING: ReadonlyMap<string, EventType> = new Map([
  ...EVERY.map((name): [string, EventType] => [name, { changes: EVERY_CHANGE }]),
  ...Object.entries(CHANGES).flatMap(([change, names]) =>
    names.map((name): [string, EventType] => [name, { changes: [change as RecordChange] }]),
  ),
  ...Object.entries(EVENTS).flatMap(([event, { spellings, otherwise }]) =>
    spellings.map((name): [string, EventType] => [
      name,
      { changes: EVERY_CHANGE, event, ...(otherwise !== undefined && { otherwise }) },
    ]),
  ),
]);

const LONGEST = 99;

/**
 * `spdci-common:RegistryEventType:LiveBirth`, `live_birth`, `BIRTH` → the event LIVE_BIRTH; `REGISTRATION` → created. A name
 * that is none of the known ones is a registry's own event, as its `changes` section may name one. Undefined: not a name at all.
 */
export const eventTypeOf = (text: string): EventType | undefined => {
  const last = text.split(/[:/#]/).at(-1)?.trim() ?? '';
  const folded = last.replace(/[\s_-]/g, '').toUpperCase();
  const known = BY_SPELLING.get(folded);
  if (known !== undefined) return known;
  return /^[A-Z][A-Z0-9]*$/.test(folded) && folded.length <= LONGEST
    ? { changes: EVERY_CHANGE, event: folded }
    : undefined;
};

/** The name under which a source's own event is matched: the same as a subscription's for every spelling of it. */
export const eventNameOf = (text: string): string | undefined => eventTypeOf(text)?.event;

/** Records that are the event itself: a marriage makes a VitalEvent, and changes a Person. */
const ACTS: ReadonlySet<string> = new Set(['VitalEvent']);

export const isAct = (recordType: string): boolean => ACTS.has(recordType);

/** Whether a record of this type is new when this event of a domain is told of it. @param event as `eventNameOf` answers it */
export const makesRecord = (event: string, recordType: string): boolean =>
  EVENTS[event]?.otherwise === 'created' || isAct(recordType);

const CHANGE_NAMES: Readonly<Record<RecordChange, string>> = {
  created: 'REGISTER',
  updated: 'UPDATE',
  deleted: 'DELETE',
};

/** What is told in `header.meta`: the domain's event, or what happened to the record. */
export const toldEvent = (change: RecordChange, event: string | undefined): string => event ?? CHANGE_NAMES[change];

/** What the enums of the specs have; crvs has no enum. */
const ENUMS: Readonly<Record<DomainName, Readonly<Record<string, string>> | undefined>> = {
  social: { REGISTER: 'REGISTER', NEW_HOUSEHOLD_MEMBER: 'NewHouseHoldMember' },
  fr: { REGISTER: 'REGISTER' },
  dr: { REGISTER: 'REGISTER' },
  ibr: { REGISTER: 'enrollement', ENROLLMENT_STATUS_CHANGE: 'enrollement_status_change' },
  crvs: undefined,
};

/** `data.reg_event_type` for what `toldEvent` answered; undefined where the domain's enum lacks it: then it is left out. */
export const wireEvent = (domain: DomainName, told: string): string | undefined => {
  const names = ENUMS[domain];
  return names === undefined ? (EVENTS[told]?.standard ?? told) : names[told];
};
