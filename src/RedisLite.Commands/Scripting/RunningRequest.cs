using RedisLite.Protocol;

namespace RedisLite.Commands.Scripting;

/// <summary>A copy of the request that runs a script, for whoever asks what runs for so long.</summary>
/// <remarks>
/// Made for every script in a buffer that stays, so it is small: of a longer request the first arguments. Written
/// before the script begins, read by other threads only while it is slow.
/// </remarks>
internal sealed class RunningRequest
{
    private const int MostBytes = 1024;
    private const int MostArguments = 16;

    private readonly byte[] _bytes = new byte[MostBytes];
    private readonly int[] _ends = new int[MostArguments];
    private int _count;

    public void Keep(in Arguments args)
    {
        _count = 0;
        var end = 0;
        for (var i = 0; i < args.Count && i < MostArguments; i++)
        {
            var shown = args[i][..Math.Min(args[i].Length, MostBytes - end)];
            shown.CopyTo(_bytes.AsSpan(end));
            _ends[i] = end += shown.Length;
            _count = i + 1;
            if (end == MostBytes)
                break;
        }
    }

    public IReadOnlyList<byte[]> ToList()
    {
        var arguments = new List<byte[]>();
        for (var i = 0; i < Math.Min(_count, MostArguments); i++)
            arguments.Add(_bytes[(i == 0 ? 0 : _ends[i - 1]).._ends[i]]);
        return arguments;
    }
}
