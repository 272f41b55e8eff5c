using System.Globalization;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Lists as plain lists of text, and the replies of their commands as <see cref="CommandHarness"/> shows them.
/// </summary>
internal sealed class ListModel
{
    private readonly Dictionary<string, List<string>> _lists = [];

    public IReadOnlyList<string> this[string key] => _lists.TryGetValue(key, out var list) ? list : [];

    public string Run(string[] command)
    {
        var key = command[1];
        var list = _lists.TryGetValue(key, out var found) ? found : [];
        var isThere = found is not null;
        var reply = Run(command, list, isThere);
        Keep(key, list);
        return reply;
    }

    private string Run(string[] command, List<string> list, bool isThere) => command[0] switch
    {
        "LPUSHX" or "RPUSHX" when !isThere => ":0",
        "LPUSH" or "LPUSHX" => Push(list, command[2..], atFront: true),
        "RPUSH" or "RPUSHX" => Push(list, command[2..], atFront: false),
        "LPOP" or "RPOP" => Pop(list, isThere, command),
        "LLEN" => Integer(list.Count),
        "LINDEX" => Resolve(command[2], list.Count) is { } index ? Bulk(list[index]) : "$-1",
        "LSET" => Set(list, isThere, command),
        "LRANGE" => Array(Range(list, command)),
        "LTRIM" => Trim(list, command),
        "LREM" => Remove(list, int.Parse(command[2], CultureInfo.InvariantCulture), command[3]),
        "LINSERT" => Insert(list, isThere, command),
        "LPOS" => Positions(list, command),
        "LMOVE" => Move(list, isThere, command),
        _ => throw new NotSupportedException(command[0]),
    };

    private static string Push(List<string> list, string[] elements, bool atFront)
    {
        foreach (var element in elements)
            list.Insert(atFront ? 0 : list.Count, element);
        return Integer(list.Count);
    }

    private static string Pop(List<string> list, bool isThere, string[] command)
    {
        var isCounted = command.Length == 3;
        if (!isThere)
            return isCounted ? "*-1" : "$-1";
        var count = isCounted ? Math.Min(int.Parse(command[2], CultureInfo.InvariantCulture), list.Count) : 1;
        var taken = new List<string>();
        for (; taken.Count < count;)
        {
            var index = command[0] == "LPOP" ? 0 : list.Count - 1;
            taken.Add(list[index]);
            list.RemoveAt(index);
        }

        return isCounted ? Array(taken) : Bulk(taken[0]);
    }

    private static string Set(List<string> list, bool isThere, string[] command)
    {
        if (!isThere)
            return "-ERR no such key";
        if (Resolve(command[2], list.Count) is not { } index)
            return "-ERR index out of range";
        list[index] = command[3];
        return "+OK";
    }

    private static List<string> Range(List<string> list, string[] command)
    {
        var start = int.Parse(command[2], CultureInfo.InvariantCulture);
        var stop = int.Parse(command[3], CultureInfo.InvariantCulture);
        start = Math.Max(0, start < 0 ? start + list.Count : start);
        stop = Math.Min(list.Count - 1, stop < 0 ? stop + list.Count : stop);
        return start > stop ? [] : list.GetRange(start, stop - start + 1);
    }

    private static string Trim(List<string> list, string[] command)
    {
        var left = Range(list, command);
        list.Clear();
        list.AddRange(left);
        return "+OK";
    }

    private static string Remove(List<string> list, int count, string element)
    {
        var removed = 0;
        var wanted = count == 0 ? int.MaxValue : Math.Abs(count);
        if (count < 0)
            list.Reverse();
        for (var i = 0; i < list.Count && removed < wanted;)
        {
            if (list[i] != element)
            {
                i++;
                continue;
            }

            list.RemoveAt(i);
            removed++;
        }

        if (count < 0)
            list.Reverse();
        return Integer(removed);
    }

    private static string Insert(List<string> list, bool isThere, string[] command)
    {
        if (!isThere)
            return ":0";
        var index = list.IndexOf(command[3]);
        if (index < 0)
            return ":-1";
        list.Insert(command[2] == "AFTER" ? index + 1 : index, command[4]);
        return Integer(list.Count);
    }

    private static string Positions(List<string> list, string[] command)
    {
        var rank = int.Parse(command[4], CultureInfo.InvariantCulture);
        var count = int.Parse(command[6], CultureInfo.InvariantCulture);
        var all = Enumerable.Range(0, list.Count).Where(i => list[i] == command[2]);
        if (rank < 0)
            all = all.Reverse();
        var found = all.Skip(Math.Abs(rank) - 1).Take(count == 0 ? int.MaxValue : count).ToList();
        return string.Join(' ', [$"*{found.Count}", .. found.Select(index => Integer(index))]);
    }

    private string Move(List<string> list, bool isThere, string[] command)
    {
        if (!isThere)
            return "$-1";
        var index = command[3] == "LEFT" ? 0 : list.Count - 1;
        var element = list[index];
        list.RemoveAt(index);
        var target = command[1] == command[2] ? list : [.. this[command[2]]];
        target.Insert(command[4] == "LEFT" ? 0 : target.Count, element);
        if (target != list)
            Keep(command[2], target);
        return Bulk(element);
    }

    private void Keep(string key, List<string> list)
    {
        if (list.Count > 0)
            _lists[key] = list;
        else
            _lists.Remove(key);
    }

    private static int? Resolve(string text, int count)
    {
        var index = int.Parse(text, CultureInfo.InvariantCulture);
        index = index < 0 ? index + count : index;
        return index >= 0 && index < count ? index : null;
    }

    private static string Integer(int value) => $":{value}";

    private static string Bulk(string value) => $"${value.Length} {value}";

    private static string Array(List<string> values) => string.Join(' ', [$"*{values.Count}", .. values.Select(Bulk)]);
}
