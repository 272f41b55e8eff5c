using System.Globalization;

namespace RedisLite.Hosting;

/// <summary>The memory that the process's control group may take: a container's limit, or a service's.</summary>
/// <remarks>
/// <code>
///   /proc/self/cgroup      4:memory:/docker/0a1b     version 1, the controller's own tree
///                          0::/system.slice/x        version 2, one tree for all
///   /proc/self/mountinfo   where the tree is mounted, and which part of it (a container sees its own part as the root)
///   tree/group/.../memory.limit_in_bytes, memory.max      the least from the group up to the root holds
/// </code>
/// </remarks>
internal static class ContainerMemory
{
    // Version 1 says "no limit" with the greatest number of whole pages.
    private const long NoLimit = long.MaxValue / 2;

    /// <summary>The limit in bytes; null where there is none, or nobody says.</summary>
    public static long? Limit => OperatingSystem.IsLinux() ? Find(TryRead) : null;

    /// <summary>The same, from any files.</summary>
    /// <param name="read">A file's text; null when there is no such file.</param>
    public static long? Find(Func<string, string?> read)
    {
        if (read("/proc/self/cgroup") is not { } groups || read("/proc/self/mountinfo") is not { } mounts)
            return null;
        long? least = null;
        foreach (var line in groups.Split('\n'))
        {
            // A path may hold colons.
            var parts = line.Split(':', 3);
            if (parts.Length < 3)
                continue;
            var isFirst = parts[1].Split(',').Contains("memory");
            if (!isFirst && parts[1].Length > 0)
                continue;
            if (FindMount(mounts, isFirst) is not { } mount)
                continue;
            var file = isFirst ? "memory.limit_in_bytes" : "memory.max";
            least = Least(least, LeastUpwards(mount.Point, Below(mount.Root, parts[2]), file, read));
        }

        return least;
    }

    /// <summary>Where the tree is mounted.</summary>
    private static (string Point, string Root)? FindMount(string mounts, bool isFirst)
    {
        foreach (var line in mounts.Split('\n'))
        {
            // 35 31 0:32 /root /point options [fields] - type source options
            var halves = line.Split(" - ", 2);
            if (halves.Length < 2)
                continue;
            var before = halves[0].Split(' ');
            var after = halves[1].Split(' ');
            if (before.Length < 5 || after.Length < 3)
                continue;
            if (isFirst ? after[0] == "cgroup" && after[2].Split(',').Contains("memory") : after[0] == "cgroup2")
                return (Unescape(before[4]), Unescape(before[3]));
        }

        return null;
    }

    /// <summary>The group's path below the part of the tree that is mounted.</summary>
    private static string Below(string root, string group)
    {
        if (root == "/")
            return group;
        if (group == root)
            return "/";
        return group.StartsWith(root + "/", StringComparison.Ordinal) ? group[root.Length..] : group;
    }

    private static long? LeastUpwards(string point, string group, string file, Func<string, string?> read)
    {
        long? least = null;
        for (var path = group.TrimEnd('/'); ; path = path[..path.LastIndexOf('/')])
        {
            least = Least(least, Parse(read($"{point}{path}/{file}")));
            if (path.Length == 0 || !path.Contains('/', StringComparison.Ordinal))
                return least;
        }
    }

    private static long? Parse(string? text) =>
        long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            && bytes < NoLimit
            ? bytes : null;

    private static long? Least(long? a, long? b) => a is { } one && b is { } other ? Math.Min(one, other) : a ?? b;

    private static string Unescape(string path) => path.Replace("\\040", " ", StringComparison.Ordinal);

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
