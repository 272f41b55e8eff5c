namespace RedisLite.Commands.Execution;

/// <summary>What a change of the cluster is answered with: at once, or when the other nodes have agreed.</summary>
public sealed record ClusterAnswer
{
    /// <summary>Done.</summary>
    public static ClusterAnswer Done { get; } = new();

    /// <summary>The error of a reply, without the leading "-"; null when there is none, or none yet.</summary>
    public string? Error { get; private init; }

    /// <summary>
    /// Begins what others have to agree on, and calls back once, on any thread, with the error or null; null when the
    /// answer is known already.
    /// </summary>
    public Action<Action<string?>>? Begin { get; private init; }

    /// <summary>How long to wait for that at most.</summary>
    public TimeSpan Timeout { get; private init; }

    /// <summary>What is replied instead of OK; asked when it is done.</summary>
    public Func<string>? Text { get; init; }

    public static ClusterAnswer Failed(string error) => new() { Error = error };

    public static ClusterAnswer Of(string? error) => error is null ? Done : Failed(error);

    public static ClusterAnswer After(Action<Action<string?>> begin, TimeSpan timeout) =>
        new() { Begin = begin, Timeout = timeout };
}

/// <summary>Whether replies to what a node of a cluster has written may go to the client.</summary>
public enum ReleaseVerdict
{
    /// <summary>A majority of the cluster counts on this node for the slot.</summary>
    Release,

    /// <summary>It is not certain yet: ask again in a moment.</summary>
    Wait,

    /// <summary>Somebody else may have the slot by now, and not this write: it must not be acknowledged.</summary>
    Refuse,
}
