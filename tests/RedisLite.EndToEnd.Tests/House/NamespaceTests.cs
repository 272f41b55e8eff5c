using RedisLite.Core.Tests.Architecture;

namespace RedisLite.EndToEnd.Tests.House;

/// <summary>The rule about namespaces, for the projects on top that the tests of the core do not know.</summary>
public sealed class NamespaceTests
{
    [Theory]
    [InlineData("RedisLite")]
    [InlineData("redislite-server")]
    public void No_two_namespaces_of_a_project_need_each_other(string assembly)
    {
        var uses = TypeUses.Of(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        foreach (var group in NamespaceCycles.In(uses))
            Assert.Fail($"{group} need each other:\n{string.Join('\n', NamespaceCycles.Explain(group, uses))}");
    }
}
