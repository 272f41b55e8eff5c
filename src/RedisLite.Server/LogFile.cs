using System.Text;

namespace RedisLite.Server;

/// <summary>
/// A log file that is opened for each line, as Redis does: whoever renames or deletes it gets a new one.
/// </summary>
/// <remarks>One thread at a time. A line that cannot be written is lost: a full disk must not end the server.</remarks>
internal sealed class LogFile(string path) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public static FileStream OpenStream(string path) =>
        new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        try
        {
            using var stream = OpenStream(path);
            stream.Write(Encoding.GetBytes(value ?? ""));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // The next line tries again. The last is what .NET makes of a file that may not grow (EFBIG).
        }
    }
}
