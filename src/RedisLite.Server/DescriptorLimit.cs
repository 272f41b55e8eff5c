using RedisLite.Configuration;

namespace RedisLite.Server;

/// <summary>How many clients the process's descriptors are enough for.</summary>
/// <remarks>
/// <code>
///   0        in use       in use + reserve                              soft limit
///   |--files, runtime---|---AOF, rewrites, refused clients---|---clients-----|
/// </code>
/// A process without a descriptor left does not only refuse clients: the runtime itself ends, at the next thread that
/// it starts. So clients never get the last ones.
/// </remarks>
internal static class DescriptorLimit
{
    /// <summary>
    /// Libraries that are loaded until clients are served and later: 97 to 101 where each library is a file, which the
    /// runtime keeps open twice; counted with a rewrite, a snapshot, a replica, scripts and forty busy clients.
    /// </summary>
    private const int Libraries = 104;

    /// <summary>
    /// Files that come and go (increment, base, manifest, snapshot, a copy from or for another server), what the
    /// runtime takes for a moment, and clients that are about to be refused: of 600 at once 54 had a descriptor at the
    /// same time.
    /// </summary>
    private const int Passing = 64;

    private const int Reserve = Libraries + Passing;

    /// <summary>Raises the limit as far as it is allowed and needed, and lowers maxclients to what is left.</summary>
    /// <param name="settings">As configured.</param>
    /// <param name="notice">A line for the log; null when all is as asked for.</param>
    /// <exception cref="SettingsException">They are not enough for the server alone.</exception>
    public static RedisLiteSettings Apply(RedisLiteSettings settings, out string? notice)
    {
        notice = null;
        if (OperatingSystem.IsWindows() || NativeProcess.DescriptorLimit is not { } limit)
            return settings;
        var own = Reserve + CountOpen();
        var wanted = (ulong)own + (ulong)settings.Network.MaxClients;
        limit = Raise(limit, Math.Max(wanted, limit.Hard));
        if (limit.Soft <= (ulong)own)
        {
            throw new SettingsException(
                $"the process may have {limit.Soft} descriptors, and needs {own} itself: raise 'ulimit -n'");
        }

        var most = MostClients(limit.Soft, own);
        settings = settings with { MostClients = most };
        if (settings.Network.MaxClients <= most)
            return settings;
        notice = $"maxclients is {most} instead of {settings.Network.MaxClients}: the process may have {limit.Soft} "
            + $"descriptors, and needs {own} itself. "
            + "A higher 'ulimit -n' allows more";
        return settings with { Network = settings.Network with { MaxClients = most } };
    }

    /// <summary>The clients for whom there are descriptors, at least one.</summary>
    /// <param name="limit">Descriptors that the process may have.</param>
    /// <param name="own">Descriptors that are not for clients.</param>
    internal static int MostClients(ulong limit, int own) =>
        limit > (ulong)own ? (int)Math.Min(int.MaxValue, limit - (ulong)own) : 1;

    private static (ulong Soft, ulong Hard) Raise((ulong Soft, ulong Hard) limit, ulong wanted)
    {
        if (wanted > limit.Hard && NativeProcess.TrySetDescriptorLimit(wanted, wanted))
            return (wanted, wanted);
        var soft = Math.Min(wanted, limit.Hard);
        return soft > limit.Soft && NativeProcess.TrySetDescriptorLimit(soft, limit.Hard) ? (soft, limit.Hard) : limit;
    }

    private static int CountOpen()
    {
        var directory = OperatingSystem.IsLinux() ? "/proc/self/fd" : "/dev/fd";
        return Directory.Exists(directory) ? Directory.EnumerateFileSystemEntries(directory).Count() : 64;
    }
}
