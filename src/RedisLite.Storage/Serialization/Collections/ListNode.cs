namespace RedisLite.Storage.Serialization.Collections;

/// <summary>The kinds of node that a list has since Redis 7.0.</summary>
internal static class ListNode
{
    /// <summary>One element as it is.</summary>
    public const ulong Plain = 1;

    /// <summary>A listpack of elements.</summary>
    public const ulong Packed = 2;
}
