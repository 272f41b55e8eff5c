using RedisLite.Commands;
using RedisLite.Commands.Server.Introspection;

namespace RedisLite.Core.Tests.Commands;

/// <summary>docs/COMMANDS.md says what the command table says.</summary>
public sealed class ConformanceReferenceTests
{
    [Fact]
    public void The_page_of_commands_is_up_to_date()
    {
        var path = Path.Combine(Checkout.Root, "docs", "COMMANDS.md");
        var rendered = CommandReference.Render(CommandTable.Default);
        if (Environment.GetEnvironmentVariable("REDISLITE_UPDATE_DOCS") == "1")
            File.WriteAllText(path, rendered);
        var written = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        Assert.True(
            rendered == written,
            "docs/COMMANDS.md is out of date. Render it again and commit it:\n"
            + "REDISLITE_UPDATE_DOCS=1 dotnet test tests/RedisLite.Core.Tests --filter "
            + "FullyQualifiedName~ConformanceReference");
    }
}
