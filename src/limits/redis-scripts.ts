/**
 * Several budgets in one round trip, all or nothing: rate-limiter-flexible takes from one counter a call, hence these scripts.
 * A window begins with its first call (the key's expiry is set once) and ends whatever the traffic.
 */

/** KEYS: the counters. ARGV: cost, 1 to take or 0 to look only, then points and window (ms) of each. Answers 0, or the ms to wait. */
export const TAKE_SCRIPT = `
local cost, wait = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  local points, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  if tonumber(redis.call('GET', key) or '0') + cost > points then
    local left = redis.call('PTTL', key)
    if left < 0 then left = window end
    if left < 1 then left = 1 end
    if left > wait then wait = left end
  end
end
if wait > 0 or ARGV[2] == '0' then return wait end
for i, key in ipairs(KEYS) do
  redis.call('INCRBY', key, cost)
  if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, ARGV[2 * i + 2]) end
end
return 0
`;

/** KEYS: the counters. ARGV: cost, then points and window (ms) of each. */
export const CHARGE_SCRIPT = `
for i, key in ipairs(KEYS) do
  redis.call('INCRBY', key, ARGV[1])
  if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, ARGV[2 * i + 1]) end
end
return 0
`;
