namespace RedisLite.Commands.Hashes;

/// <summary>What of each field a reply has.</summary>
[Flags]
internal enum HashParts
{
    Fields = 1,
    Values = 2,
    Both = Fields | Values,
}
