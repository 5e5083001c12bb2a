-- What wrk sends: a payment per request, each with a key of its own, by many payers in turn. `BENCH_PAYERS` names a file
-- with a line for each payer: the bearer token (or -), a space, the JSON body. Next: `wrk.py` starts it and reads the report.
local payers = {}
for line in io.lines(os.getenv("BENCH_PAYERS")) do
  local token, body = line:match("^(%S+) (.+)$")
  payers[#payers + 1] = { token = token, body = body }
end
local run, count, headers = os.getenv("BENCH_RUN"), 0, {}

function setup(thread)
  thread:set("number", count)
  count = count + 1
end

local sent = 0
function request()
  sent = sent + 1
  local payer = payers[sent % #payers + 1]
  headers["Content-Type"] = "application/json"
  headers["Authorization"] = "Bearer " .. payer.token
  headers["Idempotency-Key"] = run .. "-" .. number .. "-" .. sent
  return wrk.format("POST", "/v1/payments", headers, payer.body)
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "refused": %d, "lost": %d, "p50_us": %d, "p99_us": %d, "max_us": %d}\n',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
