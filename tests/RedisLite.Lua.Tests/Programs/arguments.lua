-- Every function of the libraries with arguments of every type: results, and messages with the number of the argument.
local function values()
  return {
    {nil}, {true}, {1}, {-1}, {0}, {2.5}, {1e300}, {0 / 0}, {"a"}, {"10"}, {""}, {{}}, {{1, 2}},
    {string.len}, {function() end}, {coroutine.create(function() end)},
  }
end
local function show(value)
  local kind = type(value)
  if kind == "number" then
    value = string.format("%.17g", value)
    return (string.gsub(value, "^%-nan$", "nan"))
  end
  if kind == "string" then return string.format("%q", value) end
  if kind == "nil" or kind == "boolean" then return tostring(value) end
  return kind
end
local function line(label, ...)
  local shown = {label}
  for i = 1, select("#", ...) do shown[#shown + 1] = show((select(i, ...))) end
  print((string.gsub(table.concat(shown, " "), "0x%x+", "address")))
end
local names = {
  "assert", "error", "getmetatable", "ipairs", "loadstring", "load", "next", "pairs", "pcall", "rawequal", "rawget", "rawset", "select",
  "setmetatable", "tonumber", "type", "unpack", "xpcall",
  "string.byte", "string.char", "string.find", "string.format", "string.gfind", "string.gmatch", "string.gsub", "string.len", "string.lower",
  "string.match", "string.rep", "string.reverse", "string.sub", "string.upper",
  "table.concat", "table.foreach", "table.foreachi", "table.getn", "table.insert", "table.maxn", "table.remove", "table.setn", "table.sort",
  "math.abs", "math.atan2", "math.ceil", "math.floor", "math.fmod", "math.frexp", "math.ldexp", "math.max", "math.min", "math.mod",
  "math.modf", "math.pow", "math.sqrt",
  "coroutine.create", "coroutine.resume", "coroutine.status", "coroutine.wrap",
}
local forms = {"return %s()", "local a = ... return %s(a)", "local a, b = ... return %s(a, b)", "local a, b, c = ... return %s(a, b, c)"}
for _, name in ipairs(names) do
  local functions = {}
  for count, form in ipairs(forms) do functions[count] = assert(loadstring(string.format(form, name), "=p")) end
  line(name, pcall(functions[1]))
  for i = 1, 16 do
    line(name .. " " .. i, pcall(functions[2], values()[i][1]))
    for j = 1, 16 do
      line(name .. " " .. i .. " " .. j, pcall(functions[3], values()[i][1], values()[j][1]))
      local third = (i * 7 + j * 3) % 16 + 1
      line(name .. " " .. i .. " " .. j .. " " .. third, pcall(functions[4], values()[i][1], values()[j][1], values()[third][1]))
    end
  end
end
for _, name in ipairs({"byte", "find", "format", "gmatch", "gsub", "len", "match", "rep", "sub", "upper", "nothing"}) do
  local method = assert(loadstring("local a, b = ... local s = 'abc' return s:" .. name .. "(a, b)", "=p"))
  for i = 1, 16 do
    line("s:" .. name .. " " .. i, pcall(method, values()[i][1]))
    line("s:" .. name .. " " .. i .. " 3", pcall(method, values()[i][1], 1))
  end
end
