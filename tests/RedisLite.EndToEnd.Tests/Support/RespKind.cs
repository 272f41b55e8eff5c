namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>The type that a reply had on the wire; <c>+OK</c> and a bulk <c>OK</c> are different replies.</summary>
internal enum RespKind
{
    /// <summary><c>+text</c></summary>
    SimpleString,

    /// <summary><c>-text</c></summary>
    Error,

    /// <summary><c>:1</c></summary>
    Integer,

    /// <summary><c>$n</c></summary>
    Bulk,

    /// <summary><c>$-1</c>, the null of RESP2.</summary>
    NullBulk,

    /// <summary><c>*-1</c>, the other null of RESP2.</summary>
    NullArray,

    /// <summary><c>_</c>, the null of RESP3.</summary>
    Null,

    /// <summary><c>*n</c></summary>
    Array,

    /// <summary><c>%n</c>; the items are keys and values in turn.</summary>
    Map,

    /// <summary><c>~n</c></summary>
    Set,

    /// <summary><c>&gt;n</c>, out of band data of RESP3.</summary>
    Push,

    /// <summary><c>,1.5</c></summary>
    Double,

    /// <summary><c>#t</c> or <c>#f</c></summary>
    Boolean,

    /// <summary><c>(123</c></summary>
    BigNumber,

    /// <summary><c>=n</c> with a format prefix.</summary>
    Verbatim,

    /// <summary><c>!n</c></summary>
    BulkError,
}
