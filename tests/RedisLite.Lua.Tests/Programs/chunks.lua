-- Chunks that do not compile: a sound one with each token left out, doubled, replaced and preceded by others.
local tokens = {}
local text = "local a = 1 if a == 1 then a = { x = 2 , [ 3 ] = 4 ; 5 } elseif a then return end for i = 1 , 10 , 2 do local b = a . x + i break end " ..
  "for k , v in pairs ( a ) do k = v end while true do break end repeat local c = 'str' until c local function f ( p , q , ... ) " ..
  "return p , q , ... end function a . x . y : z ( ) self . w = 'long' end return f ( 1 , 'x' ) ( a ) { } 'y' : m ( )"
for token in string.gmatch(text, "%S+") do tokens[#tokens + 1] = token end
local others = {
  "end", "if", "then", "local", "function", "return", "break", "(", ")", "{", "}", "[", "]", "=", "==", "~=", "<", "..", "...", ".", ":", ";", ",",
  "+", "-", "#", "not", "and", "nil", "1", "1.5e", "0x", "'a", "\"b", "[[x", "[==[y", "[=", "--[[ z", "$", "@", "\\", "'\\300'", "'a\nb'", "1..2", "3x",
  "goto", "until", "else", "do", "repeat", "for", "in", "name", "\1", "\255", "~", "'x'", "[=[u\nv]=]",
}
local function try(label, chunk)
  local _, problem = loadstring(chunk, "=p")
  print(label, problem)
end
local function join(from, to) return table.concat(tokens, " ", from, to) end
for i = 1, #tokens do
  try("without " .. i, join(1, i - 1) .. " " .. join(i + 1, #tokens))
  try("until " .. i, join(1, i - 1))
  try("twice " .. i, join(1, i) .. " " .. join(i, #tokens))
  for j, other in ipairs(others) do
    try("replaced " .. i .. " " .. j, join(1, i - 1) .. " " .. other .. " " .. join(i + 1, #tokens))
    try("before " .. i .. " " .. j, join(1, i - 1) .. "\n" .. other .. "\n" .. join(i, #tokens))
  end
end
for j, other in ipairs(others) do
  for _, form in ipairs({"?", "return ?", "local x = ?", "x = 1 ?", "f(?)", "f(?", "local ?", "function ?() end", "function f(?) end", "if ? then end",
      "for ? = 1, 2 do end", "for i in ? do end", "t[?] = 1", "t = {?}", "t = {x ?}", "return 1 ? 2", "a.? = 1", "a:?()", "(a) ?", "a, ? = 1"}) do
    try(form .. " " .. j, (string.gsub(form, "?", function() return other end)))
  end
end
-- How many levels are left depends on what calls the compiler, so not at the very limit.
for _, count in ipairs({150, 190, 201, 250}) do
  try("parentheses " .. count, "return " .. string.rep("(", count) .. "1" .. string.rep(")", count))
  try("tables " .. count, "local a = " .. string.rep("{", count) .. string.rep("}", count))
  try("blocks " .. count, string.rep("do ", count) .. string.rep(" end", count))
  try("branches " .. count, string.rep("if a then ", count) .. string.rep(" end", count))
  try("functions " .. count, string.rep("local function f() ", count) .. string.rep(" end", count))
  try("nots " .. count, "return " .. string.rep("not ", count) .. "true")
  try("locals " .. count, string.rep("local a ", count))
  if count < 200 then try("targets " .. count, string.rep("a, ", count) .. "b = 1") end
end
