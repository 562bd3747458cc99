/** Changes by the upstream's synchronous search: records whose time of change moved on, oldest first. */
import { createHash } from 'node:crypto';
import {
  BackendError,
  type CallContext,
  type ChangePage,
  type ChangeProblem,
  type ChangeRequest,
  type ChangeSource,
  type ColumnSource,
  type NativeChange,
  type RegistryQuery,
  type UpstreamObject,
} from 'dci-gateway/plugin';
import type { QueryPlan } from './plan-query.ts';
import type { World } from './record-types.ts';
import { cell } from './records.ts';
import type { Search } from './search.ts';

export interface ChangeParts {
  readonly world: World;
  readonly planQuery: (query: RegistryQuery) => QueryPlan | undefined;
  readonly fetch: Search['fetch'];
  readonly pageSize: number;
}

/** Opaque to the gateway. */
interface Position {
  /** The latest time that was read. */
  readonly at: string;
  /** While pages follow each other: where the next one begins. */
  readonly from?: string;
  /** Of the records from there on, for more than a page of one time. */
  readonly page?: number;
  /** What was there when the feed began is being read. */
  readonly silent?: boolean;
  /** Times and states that were read within the overlap. */
  readonly seen: readonly string[];
}

const EVER = '0001-01-01T00:00:00Z';
const MOST_PAGES_OF_ONE_TIME = 100;
/** A cursor holds 200,000 characters; what is forgotten is told to the feed again, which knows it by its content. */
const MOST_SEEN = 5_000;

export const createChanges =
  (parts: ChangeParts) =>
  async (request: ChangeRequest, context: CallContext): Promise<ChangePage> => {
    const { source, cursor, begin } = request;
    if (source.kind !== 'columns') throw new BackendError('refused', `${source.kind} is no source of changes here`);
    const read = reader(source, parts, context);
    // Only this function writes cursors.
    const position = cursor === undefined ? await first(begin, read, source) : (JSON.parse(cursor) as Position);
    const from = position.from ?? earlier(position.at, source.overlapMs);
    const size = Math.min(parts.pageSize, request.limit);
    const number = position.page ?? 0;
    const records = await read.page(from, number, size);
    const known = new Set(position.seen);
    const marked = records.map((record) => ({ record, mark: markOf(record, read.timeOf(record)) }));
    const changes = position.silent === true ? [] : marked.filter(({ mark }) => !known.has(mark)).flatMap(({ record }) => read.changeOf(record)); // biome-ignore format: one look
    const last = records.map(read.timeOf).at(-1);
    const at = last !== undefined && last > position.at ? last : position.at;
    const seen = [...new Set([...known, ...marked.map(({ mark }) => mark)])].sort().slice(-MOST_SEEN);
    if (records.length < size || last === undefined) {
      const oldest = earlier(at, source.overlapMs);
      return pageOf(changes, { at, seen: seen.filter((mark) => mark >= oldest) }, false);
    }
    const more = { at, seen, ...(position.silent === true && { silent: true }) };
    // The next page begins at the last time, not behind so many records: what changes meanwhile moves to the end, and would make others be passed over.
    if (last > from) return pageOf(changes, { ...more, from: last }, true);
    if (number >= MOST_PAGES_OF_ONE_TIME)
      throw new BackendError('unavailable', 'too many records of the upstream changed at one time');
    return pageOf(changes, { ...more, from, page: number + 1 }, true);
  };

/** What lies within the overlap when the feed begins was there before: it is marked, not told. */
const first = async (
  begin: ChangeRequest['begin'],
  read: { latest(): Promise<string> },
  { overlapMs }: ColumnSource,
): Promise<Position> => {
  if (begin === 'all') return { at: EVER, from: EVER, seen: [] };
  const at = await read.latest();
  return { at, from: earlier(at, overlapMs), silent: true, seen: [] };
};

/** Sorts by time; the same for the same state of a record. */
const markOf = (record: UpstreamObject, time: string): string => `${time} ${versionOf(record).slice(0, 12)}`;

const versionOf = (record: UpstreamObject): string => createHash('sha256').update(JSON.stringify(record)).digest('hex');

const pageOf = (changes: readonly NativeChange[], position: Position, more: boolean): ChangePage => ({
  changes,
  cursor: JSON.stringify(position),
  more,
});

const reader = (source: ColumnSource, { world, planQuery, fetch }: ChangeParts, context: CallContext) => {
  const { entity, column } = source;
  const from = (time: string, direction: 'asc' | 'desc', limit: number, offset: number) => {
    const query: RegistryQuery = {
      entity,
      filter: { kind: 'compare', column, op: 'ge', value: time },
      select: { columns: [], children: {} },
      order: [{ column, direction }],
      ...{ limit, offset, countCap: Number.MAX_SAFE_INTEGER },
    };
    const plan = planQuery(query);
    if (plan === undefined) throw new BackendError('refused', 'the upstream cannot be asked for changes');
    return fetch(plan, query, context);
  };
  const type = world.entities.get(entity)?.columns.get(column)?.type ?? 'instant';
  const timeOf = (record: UpstreamObject): string => String(cell(record, column, type) ?? EVER);
  return {
    timeOf,
    latest: async (): Promise<string> => {
      const [newest] = (await from(EVER, 'desc', 1, 0)).records;
      return newest === undefined ? EVER : timeOf(newest);
    },
    page: async (time: string, page: number, size: number) => (await from(time, 'asc', size, page * size)).records,
    changeOf: (record: UpstreamObject): readonly NativeChange[] => {
      const touches = Object.entries(source.touches).flatMap(([recordType, { columns }]) => {
        const key = columns.map((name) => cell(record, name, 'text'));
        return key.includes(null) ? [] : [[recordType, [key]] as const];
      });
      if (touches.length === 0) return []; // it has no identifier of the key's type: nobody can be told which it is
      const version = versionOf(record);
      const event = eventOf(source, record, world);
      return [
        { touches: Object.fromEntries(touches), kind: 'changed', version, ...(event !== undefined && { event }) },
      ];
    },
  };
};

const eventOf = ({ event, entity }: ColumnSource, record: UpstreamObject, { entities }: World): string | undefined => {
  if (event === undefined) return undefined;
  const columns = entities.get(entity)?.columns;
  const fits = Object.entries(event.where).every(([name, values]) =>
    values.includes(cell(record, name, columns?.get(name)?.type ?? 'other')),
  );
  return fits ? event.name : undefined;
};

const earlier = (time: string, byMs: number): string => {
  const moment = Date.parse(time) - byMs;
  return time === EVER || moment < Date.parse(EVER) ? EVER : `${new Date(moment).toISOString().slice(0, 19)}Z`;
};

/** What speaks against a source: anything but a time that the upstream filters and sorts by, of records with a key. */
export const changeProblems = (source: ChangeSource, { entities, recordTypes }: World): readonly ChangeProblem[] => {
  const problem = (text: string, fix: string): readonly ChangeProblem[] => [{ source: source.id, problem: text, fix }];
  if (source.kind !== 'columns') return problem('is no source that an upstream has', 'use at: a time, or push: true');
  const { entity, column } = source;
  const type = recordTypes.get(entity);
  if (type?.key === undefined) return problem(`needs the key of ${entity}`, 'name an identifier type as its key');
  const attribute = type.attributes.get(column);
  if (
    attribute?.operators.has('ge') !== true ||
    !attribute.sort ||
    entities.get(entity)?.columns.get(column)?.type !== 'instant'
  )
    return problem(`reads by ${column}`, `list ${column}: { operators: [ge], sort: true }, if the upstream does so`);
  return [];
};
