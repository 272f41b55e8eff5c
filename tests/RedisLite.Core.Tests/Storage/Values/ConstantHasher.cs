using RedisLite.Storage;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Core.Tests.Storage.Values;

/// <summary>A hash with few values, so that equal ones are the rule.</summary>
internal sealed class ConstantHasher(uint values) : ElementHasher(new KeyHasher(HashFunction.XxHash3, 7))
{
    public override uint Hash(ReadOnlySpan<byte> member) => base.Hash(member) % values * 0x1357_9BDF;

    /// <summary>The ordinary one for zero.</summary>
    public static ElementHasher Of(uint values) =>
        values == 0 ? new ElementHasher(new KeyHasher(HashFunction.XxHash3, 7)) : new ConstantHasher(values);
}
