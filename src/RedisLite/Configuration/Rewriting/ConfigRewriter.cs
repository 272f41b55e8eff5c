namespace RedisLite.Configuration;

/// <summary>CONFIG REWRITE: puts the values in force into the file that the server was started with.</summary>
/// <remarks>
/// Comments, order and everything that is not a directive stay. The file is replaced by a rename, so that a crash
/// leaves the old one or the new one. What came from the environment and was not changed since stays there: passwords
/// are kept in it to be in no file.
/// </remarks>
internal static class ConfigRewriter
{
    /// <summary>Rewrites the last of the files in <paramref name="sources"/>.</summary>
    /// <param name="sources">What the server was started with.</param>
    /// <param name="values">Each directive's canonical value.</param>
    /// <param name="users">The users, a line each; null when they are not kept in the configuration.</param>
    /// <param name="lost">The syntax that the file had, for one that was deleted since and is made again.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="SettingsException">The file was changed since, and cannot be read any more.</exception>
    public static void Rewrite(
        SettingsSources sources,
        IReadOnlyDictionary<string, string> values,
        IReadOnlyList<string>? users,
        ConfigSyntax lost)
    {
        var file = sources.Files[^1];
        var exists = File.Exists(file);
        var text = exists ? ByteText.ReadFile(file) : "";
        var hocon = (exists ? ConfigFiles.SyntaxOf(file, text) : lost) == ConfigSyntax.Hocon;
        var below = sources with
        {
            StandardInput = null,
            CommandLine = [],
            // HOCON keeps what stands in the files; redis.conf is written out in full, as Redis does it.
            Files = !hocon ? [] : exists ? sources.Files : [.. sources.Files.SkipLast(1)],
        };
        var unchanged = RedisLiteSettings.Load(below);
        var changes = DirectiveTable.All
            .Where(directive => values[directive.Name] != DirectiveText.Of(directive, unchanged))
            .ToDictionary(directive => directive, directive => values[directive.Name]);
        if (users is not null && users.SequenceEqual(SecurityLines.Describe(unchanged, values["requirepass"])))
            users = [];
        var rewritten = hocon
            ? HoconRewriter.RewriteUsers(HoconRewriter.Rewrite(text, file, changes), users)
            : RedisConfRewriter.Rewrite(text, changes, name => values[name], users);
        if (rewritten != text)
            PrivateFile.Replace(file, ByteText.Encode(rewritten), newMode: null);
    }

    /// <summary>The syntax of the file that would be rewritten, as long as it is there.</summary>
    public static ConfigSyntax? SyntaxOf(SettingsSources sources)
    {
        try
        {
            return sources.Files is [.., var file] ? ConfigFiles.SyntaxOf(file, ByteText.ReadFile(file)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

}
