using System.Text;
using RedisLite.Commands;
using RedisLite.Commands.Replication;
using RedisLite.Log;
using RedisLite.Protocol;

namespace RedisLite.Replication.Slots;

/// <summary>Puts what another node has sent of its slots, once it is executed, into the own log.</summary>
/// <remarks>So the append only file and the replicas have the slots as well, before anybody may see them.</remarks>
/// <param name="log">This server's.</param>
/// <param name="heard">Called by the executor, in order, with what the other node says.</param>
internal sealed class ImportStream(ChangeLog log, Action<string, string> heard) : PrimaryStream
{
    private string? _failure;

    /// <summary>Why a command failed: the slots are not what they should be then. Any thread.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <inheritdoc/>
    public override void Take(
        ReadOnlySpan<byte> bytes, ReadOnlySpan<LargePart> parts, int database, bool isForFiles, bool isInTransaction)
    {
        if (isForFiles)
            log.Append(database, database, bytes, parts: parts);
    }

    /// <inheritdoc/>
    public override void Hear(string word, string text) => heard(word, text);

    /// <inheritdoc/>
    public override void ReportError(Command? command, ReadOnlySpan<byte> error)
    {
        if (Failure is null)
            Volatile.Write(
                ref _failure, $"{command?.Name ?? "a command"} failed: {Encoding.Latin1.GetString(error).Trim()}");
    }
}
