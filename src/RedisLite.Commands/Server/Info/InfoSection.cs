namespace RedisLite.Commands.Server.Info;

/// <summary>A part of what INFO tells.</summary>
/// <param name="Name">The heading; INFO takes it in any letter case.</param>
/// <param name="Write">Writes the fields; on an executor's thread, with no stripe held, and without waiting.</param>
public sealed record InfoSection(string Name, Action<InfoWriter> Write)
{
    /// <summary>Whether INFO without arguments shows it.</summary>
    public bool IsDefault { get; init; } = true;
}
