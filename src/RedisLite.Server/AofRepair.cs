using RedisLite.Persistence.Checking;
using RedisLite.Persistence.Files;

namespace RedisLite.Server;

/// <summary>
/// --check-aof and --fix-aof, as people type them. Exit codes: 0 the files are sound now, 1 they are not.
/// </summary>
internal sealed class AofRepair(TextReader input, TextWriter output)
{
    private readonly DiskDevice _device = DiskDevice.Instance;

    public int Check(string path)
    {
        using (var locked = Lock(path))
        {
            if (locked is null)
                output.WriteLine("A server that runs uses these files: the last one may look torn at any moment");
        }

        return Run(path).Report.IsSound ? 0 : 1;
    }

    /// <param name="path">A directory, or a single file.</param>
    /// <param name="assumesYes">Does not ask before it cuts.</param>
    public int Fix(string path, bool assumesYes)
    {
        // A running server would go on appending behind the cut.
        using var locked = Lock(path);
        if (locked is null)
        {
            output.WriteLine("A server that runs uses these files: stop it first");
            return 1;
        }

        var (check, report) = Run(path);
        if (report.IsSound)
            return 0;
        if (report.Repairable is not { } file)
            return 1;
        if (!assumesYes && !Confirm(file))
        {
            output.WriteLine("Aborting...");
            return 1;
        }

        check.Fix(file);
        return 0;
    }

    private (AofCheck Check, AofCheckReport Report) Run(string path)
    {
        if (_device.FileExists(path) && !path.EndsWith(".manifest", StringComparison.Ordinal))
            return AofCheck.RunFile(path, _device, output.WriteLine);
        var check = new AofCheck(AofCheck.Locate(path, _device), _device, output.WriteLine);
        return (check, check.Run());
    }

    private bool Confirm(AofFileCheck file)
    {
        output.WriteLine(
            $"This will shrink the AOF {file.Name} from {file.Length} bytes, with {file.Length - file.GoodLength} "
                + $"bytes, to {file.GoodLength} bytes");
        output.Write("Continue? [y/N]: ");
        output.Flush();

        // The end of the input is no answer, so a script without --yes changes nothing.
        var answer = input.ReadLine();
        return answer is not null && answer.TrimStart() is ['y' or 'Y', ..];
    }

    /// <summary>
    /// The lock of the server that the files belong to. A directory that no server has used has none, and needs none.
    /// </summary>
    private IDisposable? Lock(string path)
    {
        var file = Path.Combine(AofCheck.Locate(path, _device).DataDirectory, DataDirectory.LockFileName);
        return _device.FileExists(file) ? _device.TryLock(file) : new MemoryStream();
    }
}
