-- Messages of the parser.
local function try(s, name) local f, m = loadstring(s, name or "=s") print(f and "ok" or m) end
for _, s in ipairs{
  "x", "x =", "x = = 1", "local", "local 1", "if", "if x", "if x then", "if x then else", "while true", "for", "for i", "for i=1", "for i=1,2", "for i=1,2 do",
  "for a,b", "for a in", "for a in b", "function", "function f", "function f(", "function f(a", "function f(a,", "function f(...,a)", "function f() ", "repeat", "repeat until",
  "return return", "break", "do break end", "while 1 do break x = 1 end", "goto x", "a.b", "a:b", "a.1", "f(", "f(1", "f(1,", "f{", "f{1", "f{a=", "{}", "a = {", "a = {[1]}", "a = {[1 = 2}",
  "x = 'abc", "x = \"abc\ndef\"", "x = [[abc", "x = [==[abc]=]", "--[[ never", "x = '\\300'", "x = [=abc", "x = 3x", "x = 1e", "x = 0x", "x = 1..2", "x = 1.2.3", "x = @", "x = a ~ b", "x = !a", "x = \1",
  "f\n(1)", "x = }", "x = )", "(a) = 1", "(a).b = 1", "f() = 1", "a, f() = 1, 2", "a, b", "local function", "local function f", "local x = function", "x = ...", "function f() return ... end", "function f(...) return ... end",
  "x = 1 y = 2", "x = 1; y = 2;", ";", "x = 1;;", "return 1,", "return", "return;", "return 1; x = 1", "if 1 then return end x = 1", "local a <const> = 1", "x = not", "x = -", "x = #", "x = 1 +", "x = a..", "x = a and",
  "for 1 = 1, 2 do end", "end", "until x", "elseif", "x = function() end end", "local t = {1,2;3}", "local t = {,}", "x = a.b.c:d", "x = 'a' 'b'", "x = f'a''b'", "x = f[[a]]{1}", "while 1 do local x end", "and = 1", "x.and = 1", "local a.b = 1",
  "x = \"\\q\"", "x = '\\\n'", "#!shebang\nx = ", "if a then b() elseif c then d() else e() end end", "do end end", "for k, v in pairs(t) do end x", "function a.b.c:d() end", "function a:b.c() end", "function a:b:c() end",
  "if a then\n\n\nb()", "while a do\n\nif b then\n", "f(\n\n", "x = {\n\n", "function f()\n\n", "repeat\n\n", "for i = 1, 2 do\n\n",
} do try(s) end
try(("("):rep(150) .. "1" .. (")"):rep(150)) try("x = " .. ("("):rep(150) .. "1" .. (")"):rep(150)) try("x = " .. ("("):rep(250) .. "1" .. (")"):rep(250))
try("x = " .. ("{"):rep(250)) try(("do "):rep(250)) try("x = " .. ("-"):rep(0) .. ("not "):rep(250) .. "1") try("x = 'a'" .. (".. 'a'"):rep(100)) try("x = 'a'" .. (".. 'a'"):rep(300))
do local t = {} for i = 1, 201 do t[i] = "local a" .. i end try(table.concat(t, "\n")) end
do local t = {} for i = 1, 200 do t[i] = "local a" .. i end try(table.concat(t, "\n")) end
do local t = {} for i = 1, 70 do t[i] = "local a" .. i .. " = 1" end t[#t + 1] = "return function() return a1" for i = 2, 70 do t[#t + 1] = " + a" .. i end t[#t + 1] = " end" try(table.concat(t, " ")) end
print(loadstring("return 0x10, 0xff, 1e2, .5, 5., 0x1p4, 1e+3, 1E-2, 3.14")())
print(loadstring("return '\\65\\066\\10\\n\\t\\\\\\\"', [[\nfirst newline dropped]], [==[a]]b]==]")())
print(type(load(function() return nil end))) print(pcall(load(function() return nil end)))
do local parts, i = {"return ", "1 ", "+ ", "2"}, 0 print(load(function() i = i + 1 return parts[i] end)()) end
print(pcall(load, function() error("reader") end))
