/** Which searches may go on as they came: those that say by themselves which records are meant, as we would say it. */
import { isDeepStrictEqual } from 'node:util';
import type { UpstreamObject } from 'dci-gateway/plugin';
import type { PassthroughConfig } from './config.ts';
import type { World } from './record-types.ts';

/** An upstream that is told less chooses by itself, perhaps records that this registry does not have. */
export const createForwards = ({ criteria: always = {} }: PassthroughConfig, { recordTypes }: World) => {
  const names = new Set([...recordTypes.values()].map(({ wireName }) => wireName));
  return (criteria: UpstreamObject): boolean => {
    const { reg_record_type: type } = { ...criteria, ...always };
    const told = Object.entries(always).every(([key, value]) => isDeepStrictEqual(criteria[key], value));
    return told && typeof type === 'string' && names.has(type);
  };
};
