using System.Text;
using System.Text.RegularExpressions;
using CsCheck;

namespace RedisLite.Lua.Tests;

/// <summary>The same program through lua5.1 and through ours: what they print must be the same.</summary>
public sealed class DifferentialTests
{
    public static TheoryData<string> Programs => [.. Directory
        .GetFiles(Path.Combine(AppContext.BaseDirectory, "Programs"), "*.lua")
        .Select(path => Path.GetFileName(path)!)
        .Order()];

    [SkippableTheory]
    [MemberData(nameof(Programs))]
    public void A_program_prints_what_lua51_prints(string program)
    {
        Skip.IfNot(Lua51.IsInstalled, Lua51.WhyNot);
        var path = Path.Combine(AppContext.BaseDirectory, "Programs", program);
        var expected = Lua51.Run(path).Split('\n');
        var runner = new LuaRunner();
        var isDone = runner.TryRun(File.ReadAllText(path, Encoding.Latin1), "@" + program);
        var actual = runner.Output.Split('\n');
        for (var line = 0; line < Math.Min(expected.Length, actual.Length); line++)
            Assert.True(expected[line] == actual[line],
                $"line {line + 1}: expected\n{expected[line]}\ngot\n{actual[line]}");
        Assert.True(isDone, runner.State.ErrorValue.ToString());
        Assert.Equal(expected.Length, actual.Length);
    }

    // Of which branch of "and" and "or" Lua names the variable is an accident of its bytecode.
    private static string WithoutNames(string output) =>
        Regex.Replace(output, @"(local|upvalue|global|field|method) '[^']*' \(a (\w+) value\)", "a $2 value");

    [SkippableFact]
    public void Generated_programs_print_what_lua51_prints()
    {
        Skip.IfNot(Lua51.IsInstalled, Lua51.WhyNot);
        var folder = Directory.CreateTempSubdirectory("redislite-lua");
        try
        {
            ProgramGenerator.Program.Array[60].Sample(
                programs =>
                {
                    var text = string.Join("\n", programs.Select((program, index) => $"do -- {index}\n{program}\nend"));
                    var path = Path.Combine(folder.FullName, "generated.lua");
                    File.WriteAllText(path, text);
                    var runner = new LuaRunner();
                    runner.TryRun(text, "@generated.lua");
                    var ours = WithoutNames(runner.Output);
                    var expected = WithoutNames(Lua51.Run(path));
                    if (ours != expected)
                    {
                        var line = expected.Split('\n').Zip(ours.Split('\n')).First(pair => pair.First != pair.Second);
                        Assert.Fail($"expected {line.First}\ngot {line.Second}\nof the program in the seed above");
                    }
                },
                iter: 40,
                threads: 1,
                print: programs => $"{programs.Length} programs");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
