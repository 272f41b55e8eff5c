namespace RedisLite.Configuration;

/// <summary>A file that may hold secrets, replaced as a whole.</summary>
internal static class PrivateFile
{
    /// <summary>Puts a new file in the place of one by a rename: a crash leaves the old one or the new one.</summary>
    /// <param name="path">The file. Who may read it stays as it is.</param>
    /// <param name="content">All of it.</param>
    /// <param name="newMode">Who may read a file that was not there; null for the process's own default.</param>
    public static void Replace(string path, byte[] content, UnixFileMode? newMode)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = File.Exists(path) ? File.GetUnixFileMode(path) : newMode;
        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
