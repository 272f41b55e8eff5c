local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end return "end" end) end
do local g = gen(3) print(g(), g(), g(), g()) print(pcall(g)) end
local co = coroutine.create(function(a, b) print("start", a, b) local c = coroutine.yield(a + b) print("c", c) local d, e = coroutine.yield() print("d", d, e) return "fin", 1, 2 end)
print(coroutine.status(co), coroutine.resume(co, 1, 2)) print(coroutine.status(co), coroutine.resume(co, "x")) print(coroutine.resume(co, nil, "y")) print(coroutine.status(co), coroutine.resume(co)) print(coroutine.resume(co))
local bad = coroutine.create(function() local x = nil; x() end) print(coroutine.resume(bad)) print(coroutine.status(bad)) print(coroutine.resume(coroutine.create(function() error({}) end)) == false) print(coroutine.resume(coroutine.create(function() error("lvl", 2) end)))
print(coroutine.running(), coroutine.resume(coroutine.create(function() return type(coroutine.running()), coroutine.status(coroutine.running()) end)))
do local outer outer = coroutine.create(function() local inner = coroutine.create(function() return coroutine.status(outer), coroutine.resume(outer) end) return coroutine.resume(inner) end) print(coroutine.resume(outer)) end
do local self self = coroutine.create(function() return coroutine.resume(self) end) print(coroutine.resume(self)) end
print(pcall(coroutine.yield, 1)) print(coroutine.resume(coroutine.create(function() return pcall(coroutine.yield, 1) end)))
print(coroutine.resume(coroutine.create(function() table.sort({3, 2, 1}, function(a, b) coroutine.yield() return a < b end) end)))
print(coroutine.resume(coroutine.create(function() return ("x"):gsub("x", function() coroutine.yield() end) end)))
print(coroutine.resume(coroutine.create(function() local t = setmetatable({}, {__index = function() return coroutine.yield() end}) return t.x end)))
do local c = coroutine.wrap(function(...) print(select("#", ...)) print(select("#", coroutine.yield())) print((coroutine.yield(1, nil, 3))) local t = {coroutine.yield(4)} return #t end) c(1, nil) print(c(nil, nil)) print(c("q", "r")) print(c(1, 2, 3)) end
do local c = coroutine.wrap(function() return coroutine.yield(1) end) print(c()) print(c("tail", "values")) end
do local function perm(a, n) n = n or #a if n <= 1 then coroutine.yield(table.concat(a)) else for i = 1, n do a[n], a[i] = a[i], a[n] perm(a, n - 1) a[n], a[i] = a[i], a[n] end end end
   local out = {} for p in coroutine.wrap(function() perm({"a", "b", "c"}) end) do out[#out + 1] = p end print(table.concat(out, " ")) end
do local function producer() return coroutine.create(function() for _, v in ipairs{"x", "y"} do coroutine.yield(v) end end) end local function filter(p) return coroutine.create(function() while true do local _, v = coroutine.resume(p) if not v then return nil end coroutine.yield(v .. v) end end) end
   local f = filter(producer()) for i = 1, 3 do print(coroutine.resume(f)) end end
do local n = 0 local function nest(d) if d == 0 then return coroutine.yield("deep") end return (nest(d - 1)) end local c = coroutine.create(function() return nest(50) end) print(coroutine.resume(c)) print(coroutine.resume(c, "back")) end
do local t = {} for i = 1, 100 do t[i] = coroutine.wrap(function(a) while true do a = coroutine.yield(a * i) end end) end local s = 0 for r = 1, 3 do for i = 1, 100 do s = s + t[i](r) end end print(s) end
print(pcall(coroutine.wrap(function() error("in wrap") end))) print(pcall(coroutine.wrap(function() error({1}) end)) == false) print(coroutine.resume(coroutine.create(function() return 1, 2, 3 end)))
do local c = coroutine.create(function() local ok, e = pcall(function() error("inside") end) coroutine.yield(ok, e) error("after") end) print(coroutine.resume(c)) print(coroutine.resume(c)) print(coroutine.status(c)) end
