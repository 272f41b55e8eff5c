namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>The hand-written scripts, one file a command family, as they lie beside the test assembly.</summary>
internal static class ScriptFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Differential", "Scripts");

    /// <summary>Rows of script name and protocol, for theories: those with an oracle, or those without.</summary>
    public static TheoryData<string, int> Rows(bool withOracle)
    {
        var rows = new TheoryData<string, int>();
        foreach (var file in Directory.EnumerateFiles(Folder, "*.txt").Order(StringComparer.Ordinal))
        {
            var script = Read(Path.GetFileNameWithoutExtension(file));
            foreach (var protocol in script.Protocols.Where(_ => script.OnlyRedisLite != withOracle))
                rows.Add(script.Name, protocol);
        }

        return rows;
    }

    public static Script Read(string name) =>
        ScriptParser.Parse(name, File.ReadAllText(Path.Combine(Folder, $"{name}.txt")));
}
