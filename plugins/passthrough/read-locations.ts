/** An upstream's `locations.json`: of either shape in use, what is no area left out of nothing: a broken list is refused. */
import type { RawAnswer, UpstreamJson, UpstreamLocation, UpstreamObject } from 'dci-gateway/plugin';
import { unusable } from './read-results.ts';
import { isObject } from './records.ts';

const MOST_LOCATIONS = 100_000;

export const readLocations = ({ status, body }: RawAnswer): readonly UpstreamLocation[] => {
  if (status !== 200) throw unusable(`answered for its locations with status ${status}`);
  const document = parsed(body);
  const list = isObject(document) ? document.locations : document;
  if (!Array.isArray(list) || list.length > MOST_LOCATIONS) throw unusable('answered no list of locations');
  return (list as readonly UpstreamJson[]).map((each) => {
    const place = isObject(each) ? readPlace(each) : undefined;
    if (place === undefined) throw unusable('answered locations that are none');
    return place;
  });
};

const readPlace = (place: UpstreamObject): UpstreamLocation | undefined => {
  const id = textOf(place.id) ?? identifierOf(place.identifier);
  const name = textOf(place.name);
  if (id === undefined || name === undefined) return undefined;
  const parent = [place.parent_id, place.contained_in_place, place.containedInPlace]
    .map(textOf)
    .find((each) => each !== undefined);
  return { id, name, type: textOf(place.type) ?? textOf(place.additional_type), parent };
};

const identifierOf = (list: UpstreamJson | undefined): string | undefined => {
  const first = Array.isArray(list) ? (list as readonly UpstreamJson[])[0] : undefined;
  return isObject(first) ? textOf(first.identifier) : undefined;
};

const textOf = (value: UpstreamJson | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

const parsed = (body: Buffer): UpstreamJson => {
  try {
    return JSON.parse(body.toString('utf8')) as UpstreamJson; // JSON is
  } catch (cause) {
    if (cause instanceof SyntaxError) throw unusable('answered locations that are no JSON');
    throw cause;
  }
};
