namespace RedisLite.Commands.Execution.Waiting;

/// <summary>Whom a client that waits for a key competes with for what the key brings.</summary>
/// <remarks>
/// <code>
///   BLPOP, BZPOPMIN, ..     all who wait for the key: an element that one takes is gone for the others
///   XREADGROUP              those of its group
///   XREAD                   nobody
/// </code>
/// Rivals are served in order of arrival. Others need not wait for each other's turns, so that a thousand groups are
/// not served one after the other by their connections.
/// </remarks>
internal readonly record struct Rivals
{
    private const ulong NobodyId = 1;

    // 0 for all.
    private readonly ulong _id;

    private Rivals(ulong id) => _id = id;

    public static Rivals All => default;

    public bool AreAll => _id == 0;

    public bool AreNobody => _id == NobodyId;

    /// <summary>Two groups whose hashes are equal wait for each other, which is only slower.</summary>
    public static Rivals Of(in CommandContext request)
    {
        var argument = request.Command.Declaration.RivalsByArgument;
        if (argument <= 0 || argument >= request.Args.Count)
            return argument < 0 ? new Rivals(NobodyId) : All;
        var hash = request.Services.Databases.MakeKey(request.Args[argument]).Hash;
        return new Rivals(Math.Max(hash, NobodyId + 1));
    }
}
