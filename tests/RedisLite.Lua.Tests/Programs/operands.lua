-- Every operator on every pair of types, by local, constant, field and upvalue: results, and messages with the name of what is wrong.
local plain = setmetatable({}, {})
local values = {"nil", "true", "1", "2.5", "0/0", "'a'", "'10'", "''", "{}", "string.len", "plain", "(coroutine.create(function() end))"}
local function show(value)
  local kind = type(value)
  if kind == "number" then return (string.gsub(string.format("%.17g", value), "^%-nan$", "nan")) end
  if kind == "string" then return string.format("%q", value) end
  if kind == "nil" or kind == "boolean" then return tostring(value) end
  return kind
end
local function try(text)
  local chunk, problem = loadstring("local plain = ... " .. text, "=p")
  if not chunk then print(text, problem) return end
  local done, result = pcall(chunk, plain)
  print(text, done, show(result))
end
for _, operator in ipairs({"+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", ">", "<=", ">="}) do
  for _, left in ipairs(values) do
    for _, right in ipairs(values) do
      try("local a, b = " .. left .. ", " .. right .. " return a " .. operator .. " b")
      try("local a = " .. left .. " return a " .. operator .. " (" .. right .. ")")
      try("local t = {x = " .. left .. ", y = " .. right .. "} return t.x " .. operator .. " t.y")
      try("local a, b = " .. left .. ", " .. right .. " return (function() return a " .. operator .. " b end)()")
    end
  end
end
for _, value in ipairs(values) do
  for _, use in ipairs({"-a", "#a", "not a", "a.x", "a.x.y", "a[1]", "a()", "a.x()", "a:x()", "a[nil]", "a[a]", "{b = a}.c", "a .. 1 .. a"}) do
    try("local a = " .. value .. " return " .. use)
    try("local a = " .. value .. " return (function() return " .. use .. " end)()")
  end
  for _, use in ipairs({"a.x = 1", "a[nil] = 1", "a[0/0] = 1", "a.x.y = 1", "for i = a, 2 do end", "for i = 1, a do break end",
      "for i = 1, 2, a do break end", "for k in a do break end", "for k in pairs(a) do end", "error(a, 0)", "error(a, 2)"}) do
    try("local a = " .. value .. " " .. use)
  end
  for _, event in ipairs({"__index", "__newindex", "__add", "__concat", "__call", "__len", "__unm", "__eq", "__lt", "__le", "__tostring", "__metatable"}) do
    for _, use in ipairs({"t.x", "t.x.y", "t + 1", "t .. 'x'", "t()", "#t", "-t", "t == u", "t < u", "t <= u", "t > u", "getmetatable(t)",
        "setmetatable(t, {})", "(function() t.x = 1 return rawget(t, 'x') end)()", "t:foo()", "t < 1", "('x'):gsub('x', t)"}) do
      try("local m = {" .. event .. " = " .. value .. "} local t, u = setmetatable({}, m), setmetatable({}, m) return " .. use)
    end
  end
end
