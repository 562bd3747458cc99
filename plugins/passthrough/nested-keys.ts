/** The keys of records that lie in another: consent is held by the key wherever a person is nested. */
import type { Entity, UpstreamJson, UpstreamObject } from 'dci-gateway/plugin';
import type { World } from './record-types.ts';
import { isObject, withKey } from './records.ts';

/** A record of this entity with its key, and with those of the records in it. */
export type WithKeys = (record: UpstreamObject, entity: Entity) => UpstreamObject;

export const createWithKeys = ({ entities, recordTypes }: World): WithKeys => {
  const paths = new Map([...entities].map(([name, entity]) => [name, keyedBelow(entity, entities)]));
  const withKeys: WithKeys = (record, entity) => {
    const type = recordTypes.get(entity.name);
    const own = type === undefined ? record : withKey(record, type);
    return (paths.get(entity.name) ?? []).reduce((node, { path, target }) => {
      const inner = (value: UpstreamJson): UpstreamJson => (isObject(value) ? withKeys(value, target) : value);
      return changedAt(node, path, (value) => (isList(value) ? value.map(inner) : inner(value)));
    }, own);
  };
  return withKeys;
};

interface Below {
  readonly path: readonly string[];
  readonly target: Entity;
}

/** Children with a key, or with somebody in them that has one. */
const keyedBelow = (entity: Entity, entities: ReadonlyMap<string, Entity>): readonly Below[] =>
  [...entity.children].flatMap(([path, edge]) => {
    const target = entities.get(edge.entity);
    return target !== undefined && leadsToKey(target, entities, new Set()) ? [{ path: path.split('.'), target }] : [];
  });

const leadsToKey = (entity: Entity, entities: ReadonlyMap<string, Entity>, seen: Set<string>): boolean => {
  if (entity.key.length > 0) return true;
  if (seen.has(entity.name)) return false;
  seen.add(entity.name);
  return [...entity.children.values()].some((edge) => {
    const target = entities.get(edge.entity);
    return target !== undefined && leadsToKey(target, entities, seen);
  });
};

/** The same but for what stands at the path; where nothing stands there, the same. */
const changedAt = (
  node: UpstreamObject,
  [step = '', ...rest]: readonly string[],
  change: (value: UpstreamJson) => UpstreamJson,
): UpstreamObject => {
  const value = Object.hasOwn(node, step) ? node[step] : undefined;
  if (value === undefined || (rest.length > 0 && !isObject(value))) return node;
  return { ...node, [step]: rest.length > 0 && isObject(value) ? changedAt(value, rest, change) : change(value) };
};

const isList = (value: UpstreamJson): value is readonly UpstreamJson[] => Array.isArray(value);
