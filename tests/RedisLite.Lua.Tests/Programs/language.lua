-- Scoping, closures, varargs, multiple assignment, control flow.
do local a, b, c = (function() return 1, 2, 3 end)() print(a, b, c) end
do local a, b, c = 0, (function() return 1, 2 end)() print(a, b, c) end
do local a, b, c = ((function() return 1, 2 end)()) print(a, b, c) end
do local t = {(function() return 1, 2, 3 end)(), (function() return 4, 5 end)()} print(#t, t[1], t[2], t[3]) end
do local i, t = 1, {} i, t[i] = i + 1, 20 print(i, t[1], t[2]) end
do local a, b = 1, 2 a, b = b, a print(a, b) end
do local a = {1, 2, 3} local i = 1 i, a[i] = 3, 9 print(i, a[1], a[3]) end
do local a, b, c = 1 print(a, b, c) a, b, c = 4, 5, 6, 7 print(a, b, c) end
do local function f(...) return ... end print((f(1, 2, 3)), f(1, 2), f()) print(f(), f()) end
do local function f(...) local a, b = ... return select("#", ...), a, b end print(f()) print(f(nil)) print(f(1, 2, 3)) end
do local function f(a, b, ...) return a, b, ... end print(f()) print(f(1)) print(f(1, 2)) print(f(1, 2, 3, 4)) end
do local function old(...) return arg.n, arg[1], arg[2] end print(old(7, 8)) print(old()) end
do local function both(...) local x = ... return type(arg), x end print(both(1)) end
do local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end print(fs[1](), fs[1](), fs[2](), fs[3]()) end
do local fs = {} local i = 1 while i <= 3 do local j = i fs[i] = function() j = j * 2 return j end i = i + 1 end print(fs[1](), fs[2](), fs[3](), fs[3]()) end
do local fs = {} for _, v in ipairs{"a", "b"} do fs[#fs + 1] = function() return v end end print(fs[1](), fs[2]()) end
do local x = 1 local function get() return x end local function set(v) x = v end set(5) print(get(), x) end
do local n = 0 repeat local done = n >= 3 n = n + 1 until done print(n) end
do local out = {} for i = 1, 3 do for j = 1, 3 do if j == 2 then break end out[#out + 1] = i .. j end end print(table.concat(out, " ")) end
for i = 3, 1 do print("never") end for i = 1, 3, -1 do print("never") end for i = 1, 0.5 do print("never") end
for i = 1, 2, 0.25 do io_write = i end print(io_write)
for i = 0.1, 1, 0.3 do print(i) end for i = "1", "3" do print(i) end for i = 10, 1, -4 do print(i) end
do local a = 5 local a = a + 1 print(a) end
do local function fact(n) if n == 0 then return 1 end return n * fact(n - 1) end print(fact(20), fact(25)) end
do local function even(n) if n == 0 then return true end return odd(n - 1) end function odd(n) if n == 0 then return false end return even(n - 1) end print(even(100), even(10001)) end
do local function loop(n) if n == 0 then return "done" end return loop(n - 1) end print(loop(100000)) end
print(nil and 1, false or 2, 1 and 2, nil or false, false and nil, 1 or error("no"), nil == false, not nil, not 0)
print(1 < 2 and "yes" or "no", 1 > 2 and "yes" or "no", (1 < 2) == true, 1 < 2, 2 <= 1, "a" < "b", "a" >= "b", "Z" < "a", "" < "a", "a\0b" < "a\0c")
do local x = nil local y = x or {} print(type(y)) local z = x and x.y print(z) x = false x = x or x == false print(x) end
print(2 ^ 3 ^ 2, -2 ^ 2, not 1 == 2, 1 .. 2 .. 3, "a" .. 1 + 2, 2 * 3 % 4, 7 - 3 - 2, 2 ^ -1, -3 % 5, 5 % -3, -5 % -3, 5.5 % 2, 1e15 % 7)
print(10 / 2, 7 / 2, 1 / 0, -1 / 0, 0 / 0 ~= 0 / 0, 3 % math.huge, -3 % math.huge, 2 ^ 0.5, 10 == "10", "10" + 5, "0x10" + 0, " 5 " * 2, 10 .. "")
print(1e15, 1e14, 123456789012345, 1e100, 0.1, 1 / 3, -0.0, 100000000000000, 2 ^ 53, 2 ^ 63, -2 ^ 63, 1e-5, 123.456e10, 5e-324, 1.7976931348623157e308)
print(#"abc", #{1, 2, 3}, #{n = 1}, #{1, nil, 3}, #"", -"2", - -2, not not nil)
do local t = setmetatable({}, {__index = table}) t:insert(1) t:insert(2) print(t:concat("-")) end
do local s = "x" print(s:upper():lower():rep(3), ("%d"):format(3), #s:rep(10)) end
do local t = {f = function(self, x) return self.v + x end, v = 10} print(t:f(5), t.f(t, 6), t["f"](t, 7)) end
do local t = {1, 2, x = 3, [10] = 4, "three", [2 + 2] = 5; "four"} print(t[1], t[2], t[3], t[4], t[10], t.x) end
do local a = {{1, 2}, {3, 4, n = {5}}} print(a[2].n[1], a[1][2], #a[2]) a[1][1] = "z" print(a[1][1]) end
do local t = {} for i = 1, 120 do t[i] = i end print(#t) local u = {unpack(t)} print(#u, u[120]) end
do local big = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55, k = 1, unpack({56, 57, 58})} print(#big, big[51], big[58]) end
do local function f() return 1, 2, 3 end local t = {f(), f(), x = f(), f()} print(#t, t[5], t.x) print(f(), (f())) print(#{f(), nil}, #{nil, f()}) end
do local t = {} t.x, t.y = 1 print(t.x, t.y) t.a, t.b, t.c = (function() return 1, 2, 3, 4 end)() print(t.a, t.b, t.c) end
do
  local env = {print = print} local f = loadstring("x = 1 print(x) y = x") setfenv(f, env) f() print(env.x, env.y, x) print(getfenv(f) == env, getfenv(1) == _G, getfenv(0) == _G, getfenv() == _G)
  local function g() setfenv(1, {print = print}) return tostring end print(g(), tostring ~= nil)
end
do local c = 0 local t = setmetatable({}, {__newindex = function(t, k, v) c = c + 1 rawset(t, k, v) end}) t.a = 1 t.a = 2 t.b = 3 print(c, t.a, t.b) end
print(rawequal("a", "a"), rawequal({}, {}), rawget({a = 1}, "a"), #rawset({}, 1, 2), type(next), type(nil), next({}), next({5}))
do local n = 0 for k, v in pairs({1, 2, 3, a = 1, b = 2}) do n = n + v end print(n) end
do local t = {} for i = 1, 10 do t[i] = i end for k in pairs(t) do t[k] = nil end print(next(t)) end
do local t = {} for i = 1, 100 do t["k" .. i] = i end local n = 0 for k, v in pairs(t) do t[k] = nil n = n + 1 end print(n, next(t)) end
print(tostring(1e300 * 1e10), tostring(-1e300 * 1e10), tonumber("0x1F"), tonumber("  12  "), tonumber("1e1"), tonumber("1 2"), tonumber(""), tonumber("z", 36), tonumber("ff", 16), tonumber("8", 8), tonumber("1.5e3x"), tonumber("- 1"), tonumber("-0x10"), tonumber("1e"), tonumber(".5"), tonumber("5."), tonumber("."), tonumber("inf"), tonumber("nan"), tonumber({}), tonumber(nil))
print(tonumber("10", 2), tonumber("7fffffffffffffff", 16), tonumber("-ff", 16), tonumber("0x10", 16), tonumber("g", 16), tonumber(" 11 ", 2), tonumber(10, 2), tonumber(1e15), tonumber("1" .. ("0"):rep(400)))
