using System.Text;

namespace RedisLite.Commands.Access;

/// <summary>A user as a file declares it: a name and rules.</summary>
public sealed record UserDeclaration(string Name, IReadOnlyList<string> Rules);

/// <summary>Puts together what selectors are made of when it comes in several words.</summary>
public static class SelectorWords
{
    /// <summary>Joins the words of each selector: "(+get", "~x)" becomes "(+get ~x)".</summary>
    /// <param name="words">Rules.</param>
    /// <param name="open">The index of the word that opens a parenthesis which nothing closes, else -1.</param>
    public static List<string> Join(IReadOnlyList<string> words, out int open)
    {
        var joined = new List<string>();
        StringBuilder? selector = null;
        open = -1;
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word is ['(', ..] && word[^1] != ')')
            {
                selector = new StringBuilder(word);
                open = i;
            }
            else if (selector is null)
            {
                joined.Add(word);
            }
            else
            {
                selector.Append(' ').Append(word);
                if (word is not [.., ')'])
                    continue;
                joined.Add(selector.ToString());
                (selector, open) = (null, -1);
            }
        }

        return joined;
    }
}
