using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>The errors that a client may see, with Redis's exact text, without the leading '-'.</summary>
public static class Errors
{
    public static ReadOnlySpan<byte> Syntax => "ERR syntax error"u8;

    public static ReadOnlySpan<byte> NotAnInteger => "ERR value is not an integer or out of range"u8;

    /// <summary>An integer, but not one of 32 bits where one is wanted (a database's number).</summary>
    public static ReadOnlySpan<byte> NotAnInt32 =>
        "ERR value is out of range, value must between -2147483648 and 2147483647"u8;

    public static ReadOnlySpan<byte> NotAFloat => "ERR value is not a valid float"u8;

    public static ReadOnlySpan<byte> WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value"u8;

    public static ReadOnlySpan<byte> NotAHyperLogLog => "WRONGTYPE Key is not a valid HyperLogLog string value."u8;

    public static ReadOnlySpan<byte> CorruptHyperLogLog => "INVALIDOBJ Corrupted HLL object detected"u8;

    public static ReadOnlySpan<byte> NoSuchKey => "ERR no such key"u8;

    public static ReadOnlySpan<byte> OutOfRange => "ERR index out of range"u8;

    public static ReadOnlySpan<byte> DatabaseOutOfRange => "ERR DB index is out of range"u8;

    public static ReadOnlySpan<byte> SameObject => "ERR source and destination objects are the same"u8;

    public static ReadOnlySpan<byte> BusyKey => "BUSYKEY Target key name already exists."u8;

    public static ReadOnlySpan<byte> BadDumpChecksum => "ERR DUMP payload version or checksum are wrong"u8;

    public static ReadOnlySpan<byte> BadDumpFormat => "ERR Bad data format"u8;

    public static ReadOnlySpan<byte> NegativeLimit => "ERR LIMIT can't be negative"u8;

    public static ReadOnlySpan<byte> NotPositive => "ERR value is out of range, must be positive"u8;

    public static ReadOnlySpan<byte> NoKeys => "ERR numkeys should be greater than 0"u8;

    public static ReadOnlySpan<byte> NoCount => "ERR count should be greater than 0"u8;

    public static ReadOnlySpan<byte> TooManyKeys => "ERR Number of keys can't be greater than number of args"u8;

    public static ReadOnlySpan<byte> NotALong =>
        "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"u8;

    public static ReadOnlySpan<byte> SumNotFinite => "ERR increment would produce NaN or Infinity"u8;

    public static ReadOnlySpan<byte> CountNotPositive => "ERR COUNT must be > 0"u8;

    public static ReadOnlySpan<byte> InvalidCursor => "ERR invalid cursor"u8;

    public static ReadOnlySpan<byte> Internal => "ERR internal error"u8;
    public static ReadOnlySpan<byte> ClusterDown => "CLUSTERDOWN The cluster is down"u8;

    public static ReadOnlySpan<byte> Undurable =>
        "MISCONF Errors writing to the AOF file: the disk failed while the command was waiting for it"u8;

    public static ReadOnlySpan<byte> OutOfMemory => "OOM command not allowed when used memory > 'maxmemory'."u8;

    public static ReadOnlySpan<byte> NoAuthentication => "NOAUTH Authentication required."u8;

    public static ReadOnlySpan<byte> TooManyLogins =>
        "LIMIT too many failed attempts to authenticate from this address, try again later"u8;

    public static ReadOnlySpan<byte> ReadOnly => "READONLY You can't write against a read only replica."u8;

    public static ReadOnlySpan<byte> NotEnoughReplicas => "NOREPLICAS Not enough good replicas to write."u8;

    public static ReadOnlySpan<byte> PrimaryDown =>
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."u8;

    public static ReadOnlySpan<byte> ExecAborted => "EXECABORT Transaction discarded because of previous errors."u8;

    public static ReadOnlySpan<byte> Loading => "LOADING Redis is loading the dataset in memory"u8;

    public static ReadOnlySpan<byte> StringTooLong => "ERR string exceeds maximum allowed size (proto-max-bulk-len)"u8;

    public static ReadOnlySpan<byte> BitOffsetOutOfRange => "ERR bit offset is not an integer or out of range"u8;

    /// <summary>What a command says of a number of arguments that its arity allows and its form does not.</summary>
    public static byte[] WrongNumberOfArguments(Command command) =>
        Encoding.Latin1.GetBytes($"ERR wrong number of arguments for '{command.Name}' command");

    /// <summary>What a container says of arguments that no form of its subcommand has.</summary>
    /// <param name="subcommand">The one that runs.</param>
    /// <param name="args">The request.</param>
    public static byte[] SubcommandSyntax(Command subcommand, in Arguments args) => Encoding.Latin1.GetBytes(
        $"ERR unknown subcommand or wrong number of arguments for '{Encoding.Latin1.GetString(args[1])}'. Try "
            + $"{(subcommand.Parent ?? subcommand).Name.ToUpperInvariant()} HELP.");
}
