/**
 * The windows of sliding-window.ts in Redis: several budgets in one round trip, all or nothing, by Redis's own clock (the clocks of
 * replicas differ). A counter is one packed list `{first, last, cost, first, last, cost, …}` that ends with its last entry.
 */

import { SLOTS } from './sliding-window.ts';

/** `read` answers what still counts, and its sum; `write` adds to it. Times are whole milliseconds. */
const WINDOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function read(key, window)
  local packed = redis.call('GET', key)
  local entries, sum = {}, 0
  if packed then
    local all = cmsgpack.unpack(packed)
    for i = 1, #all, 3 do
      if all[i + 1] + window > now then
        entries[#entries + 1], entries[#entries + 2], entries[#entries + 3] = all[i], all[i + 1], all[i + 2]
        sum = sum + all[i + 2]
      end
    end
  end
  return entries, sum
end
local function write(key, entries, cost, window)
  local n = #entries
  if n > 0 and now - entries[n - 2] < window / ${SLOTS} then
    entries[n - 1], entries[n] = math.max(now, entries[n - 1]), entries[n] + cost
  else
    entries[n + 1], entries[n + 2], entries[n + 3] = now, now, cost
  end
  redis.call('SET', key, cmsgpack.pack(entries), 'PX', window)
end
`;

/** KEYS: the counters. ARGV: cost, 1 to take or 0 to look only, then points and window (ms) of each. Answers 0, or the ms to wait. */
export const TAKE_SCRIPT = `${WINDOW}
local cost, wait, found = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  local points, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local entries, sum = read(key, window)
  found[i] = entries
  local over = sum + cost - points
  if over > 0 then
    local left = window
    for at = 1, #entries, 3 do
      over = over - entries[at + 2]
      if over <= 0 then
        left = entries[at + 1] + window - now
        break
      end
    end
    wait = math.max(wait, left)
  end
end
if wait > 0 or ARGV[2] == '0' then return wait end
for i, key in ipairs(KEYS) do write(key, found[i], cost, tonumber(ARGV[2 * i + 2])) end
return 0
`;

/** KEYS: the counters. ARGV: cost, then points and window (ms) of each. */
export const CHARGE_SCRIPT = `${WINDOW}
for i, key in ipairs(KEYS) do
  local window = tonumber(ARGV[2 * i + 1])
  write(key, (read(key, window)), tonumber(ARGV[1]), window)
end
return 0
`;
