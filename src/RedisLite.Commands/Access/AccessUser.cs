namespace RedisLite.Commands.Access;

/// <summary>A user: a name, and the rules that hold right now.</summary>
/// <remarks>
/// Sessions refer to the user and read its rules for each request, so a change holds from the next request on. Any
/// thread reads; <see cref="AccessUsers"/> alone writes.
/// </remarks>
public sealed class AccessUser
{
    private AccessRules _rules;
    private bool _isRemoved;

    internal AccessUser(string name, AccessRules rules)
    {
        Name = name;
        _rules = rules;
    }

    /// <summary>One char a byte.</summary>
    public string Name { get; }

    public AccessRules Rules
    {
        get => Volatile.Read(ref _rules);
        internal set => Volatile.Write(ref _rules, value);
    }

    /// <summary>What its clients have asked for lately; counted only while there are limits.</summary>
    internal AccessUsage Usage { get; } = new();

    /// <summary>Whether the user is gone: a client that still is this user may do nothing.</summary>
    public bool IsRemoved
    {
        get => Volatile.Read(ref _isRemoved);
        private set => Volatile.Write(ref _isRemoved, value);
    }

    /// <summary>Whether a client is this user without having said so: only asked of the default user.</summary>
    public bool IsOpen => Rules is { HasNoPassword: true, IsEnabled: true };

    /// <summary>Takes everything from the user.</summary>
    /// <param name="nothing">Rules that allow nothing.</param>
    internal void Remove(AccessRules nothing)
    {
        IsRemoved = true;
        Rules = nothing;
    }
}
