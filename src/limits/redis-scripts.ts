/**
 * The windows of sliding-window.ts in Redis: several budgets in one round trip, all or nothing, by Redis's own clock (the clocks of
 * replicas differ). A counter is one list of entries `first last cost total`, oldest first, that ends with its last entry; `total`
 * is of all that was ever taken, so that what counts follows from the two ends and a call costs the same however much is remembered.
 */

import { SLOTS } from './sliding-window.ts';

/** `read` finds what still counts: how many entries have ended, and the sum of the others; `write` adds to it. Times are whole milliseconds. */
const WINDOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function entry(key, at)
  local text = redis.call('LINDEX', key, at)
  if not text then return nil end
  local first, last, cost, total = string.match(text, '(%d+) (%d+) (%d+) (%d+)')
  return { first = tonumber(first), last = tonumber(last), cost = tonumber(cost), total = tonumber(total) }
end
local function read(key, window)
  local newest = entry(key, -1)
  local ended, oldest = 0, newest and entry(key, 0)
  while oldest and oldest.last + window <= now do
    ended = ended + 1
    oldest = entry(key, ended)
  end
  return { ended = ended, newest = newest, sum = oldest and newest.total - oldest.total + oldest.cost or 0 }
end
local function write(key, found, cost, window)
  local newest = found.newest
  for _ = 1, found.ended do redis.call('LPOP', key) end
  local total = (newest and newest.total or 0) + cost
  if found.sum > 0 and now - newest.first < window / ${SLOTS} then
    local last = math.max(now, newest.last)
    redis.call('LSET', key, -1, string.format('%.0f %.0f %.0f %.0f', newest.first, last, newest.cost + cost, total))
  else
    redis.call('RPUSH', key, string.format('%.0f %.0f %.0f %.0f', now, now, cost, total))
  end
  redis.call('PEXPIRE', key, window)
end
`;

/**
 * KEYS: the counters. ARGV: cost, 1 to take or 0 to look only, then points and window (ms) of each. Answers the ms to wait; else 0 where it
 * took, and how much is left, as a negative number, where it looked.
 */
export const TAKE_SCRIPT = `${WINDOW}
local cost, wait, least, all = tonumber(ARGV[1]), 0, math.huge, {}
for i, key in ipairs(KEYS) do
  local points, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local found = read(key, window)
  all[i] = found
  least = math.min(least, points - found.sum)
  local over, left = found.sum + cost - points, window
  if over > 0 then
    local at, one = found.ended, entry(key, found.ended)
    while one do
      over = over - one.cost
      if over <= 0 then
        left = one.last + window - now
        break
      end
      at = at + 1
      one = entry(key, at)
    end
    wait = math.max(wait, left)
  end
end
if wait > 0 then return wait end
if ARGV[2] == '0' then return -least end
for i, key in ipairs(KEYS) do write(key, all[i], cost, tonumber(ARGV[2 * i + 2])) end
return 0
`;

/** KEYS: the counters. ARGV: cost, then points and window (ms) of each. */
export const CHARGE_SCRIPT = `${WINDOW}
for i, key in ipairs(KEYS) do
  local window = tonumber(ARGV[2 * i + 1])
  write(key, read(key, window), tonumber(ARGV[1]), window)
end
return 0
`;
