using System.Text;

namespace RedisLite.EndToEnd.Tests.Differential.Generation;

/// <summary>Makes one command.</summary>
internal delegate string[] CommandTemplate(RandomArguments arguments);

/// <summary>Makes scripts of random commands; the same family, seed and length give the same script.</summary>
internal static class ScriptGenerator
{
    private static readonly Dictionary<string, CommandTemplate[]> OneConnection = new()
    {
        ["strings"] = StringCommandSource.Strings,
        ["bitmaps"] = StringCommandSource.Bitmaps,
        ["lists"] = ListCommandSource.Lists,
        ["sorting"] = ListCommandSource.Sorting,
        ["keys"] = KeyCommandSource.Keys,
        ["expiry"] = KeyCommandSource.Expiry,
        ["sorted sets"] = SortedSetCommandSource.SortedSets,
        ["geo"] = SortedSetCommandSource.Geo,
        ["hashes"] = HashCommandSource.Hashes,
        ["sets"] = HashCommandSource.Sets,
        ["mixed"] =
        [
            .. StringCommandSource.Strings, .. StringCommandSource.Bitmaps, .. KeyCommandSource.Keys,
            .. KeyCommandSource.Expiry, .. KeyCommandSource.Connection,
        ],
    };

    /// <summary>The families whose scripts use one connection, so that they can be pipelined.</summary>
    public static IEnumerable<string> OneConnectionFamilies => OneConnection.Keys;

    /// <summary>All families.</summary>
    public static IEnumerable<string> Families => [.. OneConnection.Keys, "transactions", "pubsub"];

    public static Script Generate(string family, int seed, int length)
    {
        var random = new RandomArguments(seed);
        var steps = new List<ScriptStep>(length);
        for (var line = 1; line <= length; line++)
        {
            var (connection, command) = family switch
            {
                "transactions" => InTransaction(random),
                "pubsub" => PublishOrSubscribe(random),
                _ => ("c1", Mutate(random, random.OneOf(OneConnection[family])(random))),
            };
            var bytes = Array.ConvertAll(command, Encoding.Latin1.GetBytes);
            steps.Add(new ScriptStep(line, connection, StepKind.Call, bytes, ComparisonOf(command), []));
        }

        return new Script($"generated {family} (seed {seed}, {length} commands)", [2, 3], OnlyRedisLite: false, steps);
    }

    // Unsubscribing from everything confirms in no order.
    private static Comparison ComparisonOf(string[] command) =>
        command is ["UNSUBSCRIBE" or "PUNSUBSCRIBE" or "SUNSUBSCRIBE"]
        ? Comparison.Sorted : HashCommandSource.ComparisonOf(command);

    // Once in a while a command that is nearly right: an argument missing, doubled, replaced or too many.
    private static string[] Mutate(RandomArguments random, string[] command)
    {
        if (random.OnceIn(10))
            command[0] = command[0].ToLowerInvariant();
        if (!random.OnceIn(25) || command.Length < 2 || HashCommandSource.IsByChance(command))
            return command;
        var at = 1 + random.Next(command.Length - 1);
        return random.Next(4) switch
        {
            0 => command[..^1],
            1 => [.. command, random.Junk()],
            2 => [.. command[..at], command[at], .. command[at..]],
            _ => [.. command[..at], random.Junk(), .. command[(at + 1)..]],
        };
    }

    // Three connections whose transactions and watches cross each other.
    private static (string Connection, string[] Command) InTransaction(RandomArguments random)
    {
        var connection = random.OneOf("c1", "c2", "c3");
        string[] command = random.Next(16) switch
        {
            0 or 1 => ["MULTI"],
            2 or 3 or 4 => ["EXEC"],
            5 => ["DISCARD"],
            6 or 7 => ["WATCH", .. random.SomeKeys(2)],
            8 => ["UNWATCH"],
            9 => Mutate(random, random.OneOf(KeyCommandSource.Keys)(random)),
            10 => Mutate(random, random.OneOf(KeyCommandSource.Expiry)(random)),
            _ => Mutate(random, random.OneOf(StringCommandSource.Strings)(random)),
        };
        return (connection, command);
    }

    // c1 publishes, the others subscribe; one pattern each at most, since a second would match in no order.
    private static (string Connection, string[] Command) PublishOrSubscribe(RandomArguments random)
    {
        string Channel() => random.OneOf("a", "b", "ab", "c\0d");
        if (random.OnceIn(2))
        {
            return random.Next(6) switch
            {
                0 => ("c1", ["PUBSUB", "NUMSUB", .. random.Many(3, Channel)]),
                1 => ("c1", ["PUBSUB", "CHANNELS", .. random.OneOf<string[]>([], ["a*"])]),
                2 => ("c1", ["PUBSUB", random.OneOf("NUMPAT", "SHARDCHANNELS")]),
                3 => ("c1", ["SPUBLISH", Channel(), random.Value()]),
                _ => ("c1", ["PUBLISH", Channel(), random.Value()]),
            };
        }

        var subscriber = random.OneOf("c2", "c3", "c4");
        return random.Next(8) switch
        {
            0 or 1 => (subscriber, ["SUBSCRIBE", .. random.Many(3, Channel)]),
            2 => (subscriber, ["UNSUBSCRIBE", .. random.Many(2, Channel)]),
            3 => (subscriber, random.OnceIn(3) ? ["UNSUBSCRIBE"] : ["PING", random.Value()]),
            4 => (subscriber, ["PSUBSCRIBE", subscriber switch { "c2" => "a*", "c3" => "*", _ => "[a-b]" }]),
            5 => (subscriber, ["PUNSUBSCRIBE"]),
            6 => (subscriber, ["SSUBSCRIBE", .. random.Many(2, Channel)]),
            _ => (subscriber, ["SUNSUBSCRIBE", .. random.Many(2, Channel)]),
        };
    }
}
