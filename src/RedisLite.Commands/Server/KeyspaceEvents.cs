using System.Text;

namespace RedisLite.Commands.Server;

/// <summary>
/// The classes of keyspace notifications, and where they are published (<c>notify-keyspace-events</c>).
/// </summary>
[Flags]
public enum KeyspaceEvents
{
    None = 0,

    /// <summary>K: publish to <c>__keyspace@db__:key</c>.</summary>
    Keyspace = 1 << 0,

    /// <summary>E: publish to <c>__keyevent@db__:event</c>.</summary>
    Keyevent = 1 << 1,

    Generic = 1 << 2,
    Strings = 1 << 3,
    Lists = 1 << 4,
    Sets = 1 << 5,
    Hashes = 1 << 6,
    SortedSets = 1 << 7,
    Expired = 1 << 8,
    Evicted = 1 << 9,
    Streams = 1 << 10,

    /// <summary>m: a read of a key that does not exist; not part of <see cref="All"/>.</summary>
    KeyMiss = 1 << 11,

    Module = 1 << 12,

    /// <summary>n: a key that did not exist before; not part of <see cref="All"/>.</summary>
    New = 1 << 13,

    /// <summary>A: every class but m and n.</summary>
    All = Generic | Strings | Lists | Sets | Hashes | SortedSets | Expired | Evicted | Streams | Module,
}

/// <summary>Reads and writes the letters that <c>notify-keyspace-events</c> is made of.</summary>
public static class KeyspaceEventsText
{
    // In the order in which Redis prints them.
    private static readonly (char Letter, KeyspaceEvents Event)[] Classes =
    [
        ('g', KeyspaceEvents.Generic), ('$', KeyspaceEvents.Strings), ('l', KeyspaceEvents.Lists),
        ('s', KeyspaceEvents.Sets), ('h', KeyspaceEvents.Hashes), ('z', KeyspaceEvents.SortedSets),
        ('x', KeyspaceEvents.Expired), ('e', KeyspaceEvents.Evicted), ('t', KeyspaceEvents.Streams),
        ('d', KeyspaceEvents.Module), ('n', KeyspaceEvents.New),
    ];

    private static readonly (char Letter, KeyspaceEvents Event)[] Rest =
    [
        ('K', KeyspaceEvents.Keyspace), ('E', KeyspaceEvents.Keyevent), ('m', KeyspaceEvents.KeyMiss),
    ];

    /// <summary>False when <paramref name="text"/> holds a letter that names no class.</summary>
    public static bool TryParse(string text, out KeyspaceEvents events)
    {
        events = KeyspaceEvents.None;
        foreach (var letter in text)
        {
            var one = letter == 'A' ? KeyspaceEvents.All : Of(letter);
            if (one == KeyspaceEvents.None)
                return false;
            events |= one;
        }

        return true;
    }

    /// <summary>The letters in Redis's order, with A for all the classes that it stands for.</summary>
    /// <remarks>
    /// Redis 7.0 leaves n out beside A, and so loses it when it writes its configuration; here the text is the value.
    /// </remarks>
    public static string Format(KeyspaceEvents events)
    {
        var text = new StringBuilder();
        if ((events & KeyspaceEvents.All) != KeyspaceEvents.All)
            Append(text, Classes, events);
        else
            text.Append('A').Append((events & KeyspaceEvents.New) != 0 ? "n" : "");
        Append(text, Rest, events);
        return text.ToString();
    }

    private static KeyspaceEvents Of(char letter)
    {
        foreach (var entry in Classes)
        {
            if (entry.Letter == letter)
                return entry.Event;
        }

        foreach (var entry in Rest)
        {
            if (entry.Letter == letter)
                return entry.Event;
        }

        return KeyspaceEvents.None;
    }

    private static void Append(StringBuilder text, (char Letter, KeyspaceEvents Event)[] entries, KeyspaceEvents events)
    {
        foreach (var entry in entries)
        {
            if ((events & entry.Event) != 0)
                text.Append(entry.Letter);
        }
    }
}
