using System.Text;
using Akka.Event;
using RedisLite.Commands.Access;

namespace RedisLite.Configuration;

/// <summary>The ACL file of a server.</summary>
/// <remarks>Any thread. LOCK: a load and a save never run at once.</remarks>
internal sealed class AccessFile : IAccessFile
{
    private readonly Lock _gate = new();
    private readonly string _name;
    private readonly string _path;
    private readonly AccessUsers _users;
    private readonly ILoggingAdapter _log;

    /// <param name="directory">Where a relative name starts.</param>
    /// <param name="name">As configured.</param>
    /// <param name="users">The server's.</param>
    /// <param name="log">Why a file could not be written.</param>
    public AccessFile(string directory, string name, AccessUsers users, ILoggingAdapter log)
    {
        _name = name;
        _path = Path.GetFullPath(name, Path.GetFullPath(directory));
        _users = users;
        _log = log;
    }

    /// <inheritdoc/>
    public string? Load(out IReadOnlyList<AccessUser> removed)
    {
        removed = [];
        lock (_gate)
        {
            string text;
            try
            {
                text = Encoding.Latin1.GetString(File.ReadAllBytes(_path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return $"Error loading ACLs, opening file '{_name}': {Reason(e)}";
            }

            if (AccessFileText.Read(text, _name, _users, out var declarations) is { } errors)
                return errors;
            removed = _users.Replace(declarations);
            return null;
        }
    }

    /// <inheritdoc/>
    public bool Save()
    {
        lock (_gate)
        {
            try
            {
                // Password hashes are not for everybody to read.
                PrivateFile.Replace(
                    _path,
                    Encoding.Latin1.GetBytes(AccessFileText.Write(_users)),
                    UnixFileMode.UserRead | UnixFileMode.UserWrite);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _log.Warning("Writing ACL file for ACL SAVE: {0}", e.Message);
                return false;
            }
        }
    }

    private static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException => "Permission denied",
        _ => e.Message,
    };
}
