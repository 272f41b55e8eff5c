namespace RedisLite.Core.Tests.Architecture.Needs;

#pragma warning disable CA1812 // Only looked at.

/// <summary>
/// A type that needs others in every way in which one can, to be looked at by <see cref="TypeUses"/>.
/// </summary>
[Needed]
internal sealed class Everything : NeededBase
{
    private readonly List<NeededElement[]> _elements = [];

    public static void Take<T>(T value)
        where T : NeededConstraint<int> => Choose(value.GetHashCode() == 0 ? default : NeededEnum.Second);

    public int Count()
    {
        try
        {
            return _elements.Count + NeededInBody.Number();
        }
        catch (NeededInTry)
        {
            return 0;
        }
    }
}

[AttributeUsage(AttributeTargets.All)]
internal sealed class NeededAttribute : Attribute;

internal abstract class NeededBase
{
    protected static void Choose(NeededEnum choice) => _ = choice;
}

internal sealed class NeededElement;

internal abstract class NeededConstraint<T>;

internal enum NeededEnum
{
    First,
    Second,
}

internal static class NeededInBody
{
    public static int Number() => 1;
}

internal sealed class NeededInTry : Exception;
