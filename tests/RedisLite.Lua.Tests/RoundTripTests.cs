using System.Globalization;
using System.Text;
using CsCheck;

namespace RedisLite.Lua.Tests;

/// <summary>What cjson, cmsgpack and struct write, they read again.</summary>
public sealed class RoundTripTests
{
    private const string Same =
        """
        local function same(a, b)
          if type(a) ~= type(b) then return false end
          if type(a) ~= 'table' then return a == b end
          for k, v in pairs(a) do if not same(v, b[k]) then return false end end
          for k in pairs(b) do if a[k] == nil then return false end end
          return true
        end

        """;

    private static readonly Gen<string> Text =
        Gen.Byte.Array[0, 20].Select(bytes => "'" + string.Concat(bytes.Select(value => $"\\{value:d3}")) + "'");

    private static readonly Gen<string> Scalar = Gen.OneOf<string>(
        Gen.Long[-1L << 53, 1L << 53].Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Gen.Double[-1e6, 1e6].Select(number => Math.Round(number, 4).ToString("R", CultureInfo.InvariantCulture)),
        Gen.OneOf<string>("true", "false"),
        Text);

    private static readonly Gen<string> Value = Gen.Recursive<string>((depth, inner) => depth > 4
        ? Scalar
        : Gen.OneOf<string>(
            Scalar,
            inner.Array[1, 5].Select(items => "{" + string.Join(",", items) + "}"),
            Gen.Select(Text, inner).Array[0, 5].Select(items =>
                "{" + string.Join(",", items.Select((item, index) =>
                    $"['{index}' .. {item.Item1}] = {item.Item2}")) + "}")));

    [Fact]
    public void Cmsgpack_reads_what_it_writes() => Value.Sample(
        value => Assert.Equal("true",
            LuaRunner.Eval($"{Same} local v = {value} return same(v, (cmsgpack.unpack(cmsgpack.pack(v))))")),
        iter: 300);

    [Fact]
    public void Cjson_reads_what_it_writes() => Value.Sample(
        value =>
        {
            // Fourteen digits are what cjson writes.
            var small = value.Length > 0
                ? System.Text.RegularExpressions.Regex.Replace(value, @"-?\d{14,}", "7") : value;
            Assert.Equal("true",
                LuaRunner.Eval($"{Same} local v = {small} return same(v, cjson.decode(cjson.encode(v)))"));
        },
        iter: 300);

    [Fact]
    public void Struct_reads_what_it_writes() => Gen.Select(
            Gen.OneOf<string>("<", ">", "!4<", "!8>", "! <"),
            Gen.OneOf<string>("b", "h", "i", "l", "i3", "i7").Array[1, 6],
            Gen.Int[-100, 100].Array[6])
        .Sample(
            (order, options, numbers) =>
            {
                var arguments = string.Join(",", numbers.Take(options.Length));
                var script = $"local f = '{order}{string.Concat(options)}' local p = struct.pack(f, {arguments}) " +
                    $"local t = {{struct.unpack(f, p)}} " +
                    $"return t[#t] == #p + 1 and table.concat(t, ',', 1, {options.Length})";
                Assert.Equal(arguments, LuaRunner.Eval(script));
            },
            iter: 500);

    [Fact]
    public void Decoders_survive_any_bytes() => Gen.Byte.Array[0, 60].Sample(
        bytes =>
        {
            var runner = new LuaRunner(memoryLimit: 8 << 20);
            var text = new LuaString(bytes);
            foreach (var name in new[] { "return cjson.decode(...)", "return cmsgpack.unpack(...)",
                "return struct.unpack('i4sd', ...)" })
                runner.State.TryCall(runner.State.Load(LuaChunk.Compile(Encoding.ASCII.GetBytes(name), "=fuzz")), text);
        },
        iter: 20_000);
}
