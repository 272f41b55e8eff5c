using System.Net;

namespace RedisLite.Benchmark.Servers;

/// <summary>A server to measure, as the command line names it: one that runs, or a command that starts one.</summary>
internal sealed record ServerSpec
{
    /// <summary>In a command line, stands for the port that the server is to listen on.</summary>
    public const string PortPlaceholder = "{port}";

    /// <summary>In a command line, stands for an empty directory that is removed at the end.</summary>
    public const string DirectoryPlaceholder = "{dir}";

    /// <summary>What reports call it.</summary>
    public required string Name { get; init; }

    /// <summary>Where it listens; null when it is to be started.</summary>
    public IPEndPoint? EndPoint { get; init; }

    /// <summary>Program and arguments that start it, with the placeholders; null when it runs already.</summary>
    public IReadOnlyList<string>? StartCommand { get; init; }

    /// <summary>Its process, where INFO does not say.</summary>
    public int? Pid { get; init; }

    /// <summary>True when a fresh instance can be had at any time.</summary>
    public bool CanRestart => StartCommand is not null;

    /// <summary>The same server with an append only file, which it does not rewrite of its own accord.</summary>
    /// <param name="appendFsync">When the file is forced out: <c>always</c>, <c>everysec</c> or <c>no</c>.</param>
    /// <returns>
    /// null unless there is a command line that says <c>--appendonly no</c>, and where <c>{dir}</c> goes: one that has
    /// neither knows no such option, or keeps its files where they are not ours to remove.
    /// </returns>
    public ServerSpec? WithAppendOnlyFile(string appendFsync)
    {
        if (StartCommand is not { } command
            || !command.Any(word => word.Contains(DirectoryPlaceholder, StringComparison.Ordinal)))
            return null;
        List<string> changed = [.. command];
        var option = changed.IndexOf("--appendonly");
        if (option < 0 || option + 1 == changed.Count || changed[option + 1] != "no")
            return null;
        changed[option + 1] = "yes";
        changed.AddRange(["--appendfsync", appendFsync, "--auto-aof-rewrite-percentage", "0"]);
        return this with { StartCommand = changed };
    }
}
