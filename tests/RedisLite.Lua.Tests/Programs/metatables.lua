-- Every metamethod of 5.1.
local log = {}
local names = {"add", "sub", "mul", "div", "mod", "pow", "concat"}
local mt = {} for _, n in ipairs(names) do mt["__" .. n] = function(a, b) return n .. "(" .. (type(a) == "table" and a.n or tostring(a)) .. "," .. (type(b) == "table" and b.n or tostring(b)) .. ")" end end
mt.__unm = function(a, b) return "unm(" .. a.n .. (rawequal(a, b) and ",same" or "") .. ")" end mt.__len = function() return 42 end
mt.__tostring = function(a) return "<" .. a.n .. ">" end
local A, B = setmetatable({n = "A"}, mt), setmetatable({n = "B"}, mt)
print(A + 1, 1 + A, A + B, A - 1, 2 - A, A * 2, A / 2, A % 2, A ^ 2, 2 ^ A, -A, A .. "x", "x" .. A, A .. B, 1 .. A, #A, tostring(A))
print("a" .. "b" .. A, A .. "b" .. "c", "a" .. A .. "c", 1 .. 2 .. A)
print(A + "10", "10" + A, A + nil == nil)
local cmt = {__eq = function(a, b) log[#log + 1] = "eq" return a.v == b.v end, __lt = function(a, b) log[#log + 1] = "lt" return a.v < b.v end, __le = function(a, b) log[#log + 1] = "le" return a.v <= b.v end}
local function C(v) return setmetatable({v = v}, cmt) end
print(C(1) == C(1), C(1) ~= C(1), C(1) == C(2), C(1) < C(2), C(1) <= C(1), C(2) > C(1), C(2) >= C(3), table.concat(log, " "))
local c = C(1) print(c == c, rawequal(C(1), C(1)), C(1) == 1, C(1) ~= "x")
local ltonly = {__lt = function(a, b) return a.v < b.v end} local function L(v) return setmetatable({v = v}, ltonly) end
print(L(1) <= L(2), L(2) <= L(1), L(1) >= L(1), L(1) < L(2))
print(pcall(function() return C(1) < setmetatable({v = 1}, {__lt = function() return true end}) end))
print(pcall(function() return setmetatable({}, {__eq = function() return true end}) == setmetatable({}, {__eq = function() return true end}) end))
if C(1) < C(2) then print("branch lt") end if not (C(1) < C(2)) then print("no") else print("yes") end while C(1) == C(2) do print("never") end
do local base = {x = 1, f = function() return "base f" end} local mid = setmetatable({y = 2}, {__index = base}) local top = setmetatable({}, {__index = mid}) print(top.x, top.y, top.z, top.f(), top:f()) end
do local t = setmetatable({}, {__index = function(t, k) return k .. "!" end}) print(t.a, t[1], t[true == true and "z"], rawget(t, "a")) end
do local store = {} local t = setmetatable({}, {__newindex = store}) t.a = 1 print(rawget(t, "a"), store.a) end
do local t = setmetatable({}, {__call = function(self, ...) return select("#", ...), ... end}) print(t(), t(1, nil), pcall(t, 5)) end
do local t = setmetatable({}, {__call = setmetatable({}, {__call = function() return "x" end})}) print(pcall(t)) end
print(getmetatable("").__index == string, getmetatable(setmetatable({}, {__metatable = "locked"})), pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))
do local p = setmetatable({}, {__index = function() error("in index") end, __newindex = function() error("in newindex", 0) end, __add = function() error({}) end}) print(pcall(function() return p.x end)) print(pcall(function() p.x = 1 end)) print(type(select(2, pcall(function() return p + 1 end)))) end
print(pcall(tostring, setmetatable({}, {__tostring = function() return 1 end})))
do local a, b = {}, {} setmetatable(a, {__index = b}) setmetatable(b, {__index = a}) print(pcall(function() return a.x end)) setmetatable(a, {__newindex = b}) setmetatable(b, {__newindex = a}) print(pcall(function() a.x = 1 end)) end
do local Animal = {} Animal.__index = Animal function Animal.new(n) return setmetatable({name = n}, Animal) end function Animal:speak() return self.name .. " speaks" end
   local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog function Dog.new(n) local o = Animal.new(n) return setmetatable(o, Dog) end function Dog:bark() return self:speak() .. " woof" end print(Dog.new("rex"):bark()) end
do local t = setmetatable({}, {__index = function(t, k) local v = k * 2 rawset(t, k, v) return v end}) local s = 0 for i = 1, 10 do s = s + t[i] end print(s, rawget(t, 10)) end
do local count = 0 local mt = {} local t = setmetatable({}, mt) print(t.x) mt.__index = function() count = count + 1 return count end print(t.x, t.x) mt.__index = nil print(t.x) mt.__index = {x = "tab"} print(t.x) end
do local m = setmetatable({}, {__unm = function() return 1, 2, 3 end, __concat = function() return nil end, __lt = function() return nil end}) print(-m, m .. 1, m < m, (m < m) == false) end
do local t = setmetatable({}, {__index = string}) print(pcall(function() return t:len() end)) end
