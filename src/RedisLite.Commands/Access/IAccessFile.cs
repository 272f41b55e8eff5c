namespace RedisLite.Commands.Access;

/// <summary>The file that users are kept in (<c>aclfile</c>).</summary>
public interface IAccessFile
{
    /// <summary>Puts the users of the file in the place of all; changes nothing when anything is wrong in it.</summary>
    /// <param name="removed">The users that are gone.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    string? Load(out IReadOnlyList<AccessUser> removed);

    /// <summary>Replaces the file by the users that there are.</summary>
    /// <returns>Whether it is on the disk; why not is in the server's log.</returns>
    bool Save();
}
