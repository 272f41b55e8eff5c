using System.Text;

namespace RedisLite.Commands.Access;

/// <summary>The text of an ACL file: a line a user, "user name rules"; no comments.</summary>
public static class AccessFileText
{
    private const string NothingChanged =
        "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";

    /// <summary>Reads a file's text.</summary>
    /// <param name="text">One char a byte.</param>
    /// <param name="file">Its name in error messages.</param>
    /// <param name="users">Checks the rules; not changed.</param>
    /// <param name="declarations">The users of the file.</param>
    /// <returns>All that is wrong, in Redis's words, on one line; null when nothing is.</returns>
    public static string? Read(string text, string file, AccessUsers users, out List<UserDeclaration> declarations)
    {
        declarations = [];
        var errors = new StringBuilder();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var words = line.Trim([' ', '\t', '\r', '\n']).Split(' ');
            if (words is not [""])
                ReadLine(words, $"{file}:{number}", number, users, declarations, errors);
        }

        return errors.Length == 0 ? null : errors.Append(NothingChanged).ToString();
    }

    /// <summary>The text that gives the users again.</summary>
    public static string Write(AccessUsers users) =>
        string.Concat(users.All.Select(user => $"user {users.Describe(user)}\n"));

    private static void ReadLine(
        string[] words,
        string place,
        int number,
        AccessUsers users,
        List<UserDeclaration> declarations,
        StringBuilder errors)
    {
        if (words[0] != "user" || words.Length < 2)
        {
            errors.Append($"{place} should start with user keyword followed by the username. ");
            return;
        }

        var name = words[1];
        if (!AccessUsers.IsValidName(name))
        {
            errors.Append($"'{place}: username '{name}' contains invalid characters. ");
            return;
        }

        if (declarations.Exists(declared => declared.Name == name))
        {
            errors.Append($"WARNING: Duplicate user '{name}' found on line {number}. ");
            return;
        }

        var rules = SelectorWords.Join(words[2..], out var open).ConvertAll(static rule => rule.Trim('\t', '\r', '\n'));
        declarations.Add(new UserDeclaration(name, rules));
        if (open >= 0)
        {
            errors.Append($"{place}: Unmatched parenthesis in selector definition.");
            return;
        }

        // As in Redis: each unknown command, and of other faults the first, since those after it may come of it.
        var isOtherTold = false;
        foreach (var (rule, fault) in users.Faults(rules))
        {
            if (fault == RuleFault.UnknownCommand)
                errors.Append($"{place}: Error in applying operation '{rule}': {fault.Text()}. ");
            else if (!isOtherTold)
                errors.Append($"{place}: {fault.Text()}. ");
            isOtherTold |= fault != RuleFault.UnknownCommand;
        }
    }
}
