using CsCheck;

namespace RedisLite.Lua.Tests;

/// <summary>A table against a dictionary.</summary>
public sealed class TableModelTests
{
    private static readonly Gen<LuaValue> Key = Gen.OneOf<LuaValue>(
        Gen.Int[-3, 60].Select(number => (LuaValue)(double)number),
        Gen.Int[0, 40].Select(number => LuaValue.String("k" + number)),
        Gen.Int[0, 20].Select(number => (LuaValue)(number + 0.5)),
        Gen.Bool.Select(LuaValue.Boolean));

    [Fact]
    public void A_table_holds_what_a_dictionary_holds() =>
        Gen.Select(Key, Gen.Int[0, 3]).Array[0, 400].Sample(
            steps =>
            {
                var table = new LuaTable();
                var model = new Dictionary<LuaValue, double>();
                foreach (var (key, value) in steps)
                {
                    table[key] = value == 0 ? LuaValue.Nil : value;
                    if (value == 0)
                        model.Remove(key);
                    else
                        model[key] = value;
                    Assert.Equal(value == 0 ? LuaValue.Nil : value, table[key]);
                }
                var seen = new Dictionary<LuaValue, double>();
                var at = LuaValue.Nil;
                while (table.Next(ref at, out var found))
                    seen.Add(at, found.Number);
                Assert.Equal(model.Count, seen.Count);
                Assert.All(model, pair => Assert.Equal(pair.Value, seen[pair.Key]));
                var border = table.Length;
                Assert.True((border == 0 || !table[border].IsNil) && table[border + 1].IsNil);
            },
            iter: 3_000);
}
