-- Tables, strings and closures: a sieve, a word chain, and a queue of tasks.
local function sieve(limit)
  local composite, primes = {}, {}
  for n = 2, limit do
    if not composite[n] then
      primes[#primes + 1] = n
      for multiple = n * n, limit, n do composite[multiple] = true end
    end
  end
  return primes
end

local function chain(primes)
  local follows = {}
  for i = 1, #primes - 1 do
    local key = tostring(primes[i]):sub(-1) .. "/" .. tostring(primes[i + 1]):sub(-1)
    follows[key] = (follows[key] or 0) + 1
  end
  return follows
end

local queue = {}
for round = 1, 24 do
  local primes = sieve(400 + 90 * round)
  for key, count in pairs(chain(primes)) do
    queue[#queue + 1] = function() return key .. "=" .. count * round end
  end
  if #queue > 60 then
    local lines = {}
    for _, task in ipairs(queue) do lines[#lines + 1] = task():rep(3, ";") end
    table.sort(lines)
    print(#table.concat(lines, "\n"))
    queue = {}
  end
end
