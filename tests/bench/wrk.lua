-- What wrk sends, from the plan that scenarios.py has written, and what it reports, as one line of JSON.
-- wrk ... -s wrk.lua URL -- PLAN PREFIX
--
-- A plan is a Lua file that returns {requests = {{method, path, headers, body}, …}, deletes = bool}. One request: wrk
-- repeats it without asking Lua each time. Several take turns; %d in a body becomes a number that never repeats.
-- With `deletes` each organization that an answer shows is deleted, by the request's own headers, found by owner_id.

local number = 0
local turn = 0
local waiting = {}

local function next_request(requests, prefix)
    turn = turn % #requests + 1
    local one = requests[turn]
    number = number + 1
    local body = one.body and one.body:gsub("%%d", prefix .. number)
    return wrk.format(one.method, one.path, one.headers, body)
end

local function next_delete(path)
    local created = table.remove(waiting)
    return wrk.format("DELETE", path .. "/" .. created.id, created.headers)
end

local function delete_what_is_created(requests)
    local headers_of = {}
    for _, one in ipairs(requests) do
        headers_of[one.owner_id] = {Authorization = one.headers.Authorization}
    end
    response = function(status, _, body)
        local id, owner_id = body:match('"id":"([^"]+)"'), body:match('"owner_id":"([^"]+)"')
        if id then
            waiting[#waiting + 1] = {id = id, headers = headers_of[owner_id]}
        end
    end
end

function init(args)
    local plan = dofile(args[1])
    local first = plan.requests[1]
    wrk.method, wrk.body, wrk.headers = first.method, first.body, first.headers
    wrk.path = first.path
    wrk.headers.Host = wrk.headers.Host or wrk.host .. ":" .. wrk.port
    for _, one in ipairs(plan.requests) do
        one.headers.Host = wrk.headers.Host
    end
    if plan.deletes then
        delete_what_is_created(plan.requests)
    end
    if #plan.requests > 1 then
        request = function()
            if #waiting > 0 then
                return next_delete(first.path)
            end
            return next_request(plan.requests, args[2])
        end
    end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "refused": %d, "broken": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
