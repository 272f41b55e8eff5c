using System.Reflection;
using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Packages;

/// <summary>
/// What each package promises to those who compile against it, as a file in which changes are seen.
/// </summary>
/// <remarks>
/// After a change that is meant: REDISLITE_RENDER=1 in the environment of this test writes the file anew.
/// </remarks>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData(typeof(RedisLite.Hosting.RedisLiteServer))]
    [InlineData(typeof(RedisLite.Cluster.ClusterSettingsExtensions))]
    [InlineData(typeof(RedisLite.Web.RedisLiteWeb))]
    public void The_public_types_and_members_are_those_listed(Type one)
    {
        ArgumentNullException.ThrowIfNull(one);
        var listed = Path.Combine(
            SourceTree.TestProject, "Packages", $"PublicApi.{one.Assembly.GetName().Name}.txt");
        var api = Render(one.Assembly);
        if (Environment.GetEnvironmentVariable("REDISLITE_RENDER") == "1")
            File.WriteAllText(listed, api);

        Assert.Equal(File.ReadAllText(listed).ReplaceLineEndings("\n"), api);
    }

    private static string Render(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            var kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
            text.Append(kind).Append(' ').Append(Name(type)).Append('\n');
            var members = type.GetMembers(
                BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(member => !member.Name.StartsWith('<')
                    && member is not MethodInfo { IsSpecialName: true } and not FieldInfo { IsSpecialName: true }
                        and not Type)
                .Select(Describe).Order(StringComparer.Ordinal);
            foreach (var member in members)
                text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    private static string Describe(MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } field => $"{field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field => $"{Name(field.FieldType)} {field.Name}",
        PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{{Accessors(property)} }}",
        EventInfo notified => $"event {Name(notified.EventHandlerType!)} {notified.Name}",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo method => $"{Name(method.ReturnType)} {method.Name}({Parameters(method)})",
        _ => member.Name,
    };

    private static string Accessors(PropertyInfo property) =>
        (property.GetMethod is { IsPublic: true } ? " get;" : "")
        + (property.SetMethod is { IsPublic: true } ? " set;" : "");

    private static string Parameters(MethodBase method) =>
        string.Join(", ",
            method.GetParameters()
                .Select(parameter => Name(parameter.ParameterType) + ' ' + parameter.Name
                    + (parameter.IsOptional ? "?" : "")));

    private static string Name(Type type)
    {
        if (!type.IsGenericType)
            return type.FullName ?? type.Name;
        var name = type.GetGenericTypeDefinition().FullName!;
        var arguments = string.Join(", ", type.GetGenericArguments().Select(Name));
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}<{arguments}>";
    }
}
