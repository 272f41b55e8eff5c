using RedisLite.Commands;
using RedisLite.Commands.Access;

namespace RedisLite.Configuration;

/// <summary>The lines of a configuration that declare users and rename commands.</summary>
internal static class SecurityLines
{
    private const string UsersTwice =
        "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This "
        + "setup is very likely to lead to configuration errors and security holes, please define either an ACL file "
        + "or declare users directly in your redis.conf, but not both.";

    /// <summary>Checks the lines of settings.</summary>
    /// <exception cref="SettingsException">A line is wrong; names where it stands.</exception>
    public static void Check(SecuritySettings settings)
    {
        Rename(settings, CommandTable.Default);
        if (settings.Users.Count == 0)
            return;
        if (settings.AclFile.Length > 0)
            throw new SettingsException($"{settings.Users[0].Origin}: {UsersTwice}");
        var users = new AccessUsers(
            CommandTable.Default.Access, () => settings.AclPubSubDefault == AclPubSubDefault.AllChannels);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in settings.Users)
        {
            var declaration = Declaration(line);
            if (!AccessUsers.IsValidName(declaration.Name))
                throw Wrong(line, declaration.Name, "Spaces not allowed in ACL usernames");
            if (!names.Add(declaration.Name))
                throw Wrong(line, declaration.Name, RuleFault.DuplicateUser.Text());
            var fault = users.Check(declaration.Rules, out var rule);
            if (fault != RuleFault.None)
                throw Wrong(line, AccessUsers.Hide(rule), fault.Text());
        }
    }

    /// <summary>The users that settings declare.</summary>
    public static IEnumerable<UserDeclaration> Users(SecuritySettings settings) => settings.Users.Select(Declaration);

    /// <summary>The users that settings give, as lines for a configuration file.</summary>
    /// <param name="settings">Checked.</param>
    /// <param name="password">The default user's, unless it is declared; one char a byte.</param>
    public static IReadOnlyList<string> Describe(RedisLiteSettings settings, string password)
    {
        var security = settings.Security;
        var users = new AccessUsers(
            CommandTable.Default.Access, () => security.AclPubSubDefault == AclPubSubDefault.AllChannels);
        users.SetDefaultPassword(password);
        users.Declare(Users(security));
        return [.. users.All.Select(users.Describe)];
    }

    /// <summary>The commands by the names that settings give them.</summary>
    /// <exception cref="SettingsException">A line is wrong.</exception>
    public static CommandTable Rename(SecuritySettings settings, CommandTable table)
    {
        foreach (var line in settings.RenameCommands)
        {
            if (Words(line) is not [var name, var newName])
            {
                throw new SettingsException(
                    $"{line.Origin}: rename-command: '{line.Text}' is not valid; expected two names");
            }

            table = table.Rename([(name, newName)], out var error);
            if (error is not null)
                throw new SettingsException($"{line.Origin}: rename-command {error}");
        }

        return table;
    }

    private static UserDeclaration Declaration(ConfigLine line)
    {
        var words = Words(line);
        if (words.Count == 0)
            throw new SettingsException($"{line.Origin}: user: no name given; expected a name and rules");
        var rules = SelectorWords.Join(words[1..], out var open);
        return open < 0
            ? new UserDeclaration(words[0], rules)
            : throw Wrong(line, words[open + 1], "Unmatched parenthesis in selector definition");
    }

    private static List<string> Words(ConfigLine line) => ConfText.Split(ByteText.Bytes(line.Text))
        ?? throw new SettingsException(
            $"{line.Origin}: unbalanced quotes; expected a closing quote at the end of a word");

    private static SettingsException Wrong(ConfigLine line, string what, string reason) =>
        new($"{line.Origin}: Error in user declaration '{ByteText.Text(what)}': {reason}");
}
