namespace RedisLite.Commands.Execution;

/// <summary>What the audit trail records.</summary>
[Flags]
public enum AuditEvents
{
    None = 0,

    /// <summary>Who has become which user, and who could not.</summary>
    Login = 1 << 0,

    /// <summary>Requests that the rules of a user do not allow.</summary>
    Denied = 1 << 1,

    /// <summary>Commands of administration: ACL, CONFIG, DEBUG, SHUTDOWN, ...</summary>
    Admin = 1 << 2,

    /// <summary>Changes of data: which command, and which keys.</summary>
    Write = 1 << 3,
}

/// <summary>Where records of the audit trail go; whoever owns the file implements it.</summary>
/// <remarks>All members may be called from any thread and return at once.</remarks>
public interface IAuditTrail
{
    /// <summary>What is recorded; does not change.</summary>
    AuditEvents Events { get; }

    /// <summary>
    /// The error that writes are refused with while their records could not be kept; null while they may run. Always
    /// null where records are dropped instead.
    /// </summary>
    byte[]? WriteRefusal { get; }

    /// <summary>Records that have been taken in since the start.</summary>
    long Added { get; }

    /// <summary>Records that are lost.</summary>
    long Dropped { get; }

    /// <summary>Whether they cannot be written at this time.</summary>
    bool IsFailing { get; }

    /// <summary>Takes records, or drops and counts them.</summary>
    /// <param name="lines">Whole lines of JSON, each with its line end.</param>
    /// <param name="count">How many.</param>
    void Add(ReadOnlySpan<byte> lines, int count);
}
