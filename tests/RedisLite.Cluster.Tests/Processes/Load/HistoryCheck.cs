namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>Finds what a history of appends and the lists at its end cannot both be true of.</summary>
/// <remarks>
/// The reply of an append is the list's length with it, and so says at which place the element must stand for ever.
/// Where two servers took appends for one list at the same time, the places of the one or of the other do not hold.
/// </remarks>
internal static class HistoryCheck
{
    private const int Told = 20;

    /// <summary>What is wrong; empty when nothing is.</summary>
    /// <param name="history">All attempts.</param>
    /// <param name="lists">What each list holds at the end.</param>
    /// <param name="promised">From which outcome on an append may not be lost.</param>
    public static IReadOnlyList<string> FindFaults(
        IReadOnlyList<Append> history, IReadOnlyDictionary<string, IReadOnlyList<string>> lists, AppendOutcome promised)
    {
        var faults = new List<string>();
        foreach (var attempts in history.GroupBy(attempt => attempt.Key))
        {
            var list = lists[attempts.Key];
            faults.AddRange(FindForeign([.. attempts], list));
            faults.AddRange(FindMisplaced([.. attempts.Where(attempt => attempt.Outcome >= promised)], list));
            faults.AddRange(FindReordered([.. attempts.Where(attempt => attempt.Outcome >= promised)]));
            faults.AddRange(FindSharedReigns(attempts.Where(attempt => attempt.IsAcknowledged)));
        }

        return [.. faults.Take(Told)];
    }

    /// <summary>Elements that are there twice, that nobody appended, or whose append was refused.</summary>
    private static IEnumerable<string> FindForeign(IReadOnlyList<Append> attempts, IReadOnlyList<string> list)
    {
        var byElement = attempts.ToDictionary(attempt => attempt.Element);
        var seen = new HashSet<string>();
        foreach (var element in list)
        {
            if (!byElement.TryGetValue(element, out var attempt))
                yield return $"'{element}' stands in a list that nobody appended it to";
            else if (!seen.Add(element))
                yield return $"twice: {attempt}";
            else if (attempt.Outcome == AppendOutcome.Refused)
                yield return $"refused, and done all the same: {attempt}";
        }
    }

    /// <summary>Elements that are lost, or stand elsewhere than the reply said.</summary>
    private static IEnumerable<string> FindMisplaced(IReadOnlyList<Append> promised, IReadOnlyList<string> list)
    {
        var places = new Dictionary<string, int>();
        for (var i = 0; i < list.Count; i++)
            places.TryAdd(list[i], i + 1);
        foreach (var append in promised)
        {
            if (!places.TryGetValue(append.Element, out var place))
                yield return $"lost: {append}";
            else if (place != append.Length)
                yield return $"at place {place}: {append}";
        }
    }

    /// <summary>Appends that began after another had been acknowledged, and were put before it.</summary>
    private static IEnumerable<string> FindReordered(IReadOnlyList<Append> promised)
    {
        var received = promised.OrderBy(append => append.Received).ToList();
        Append? longest = null;
        var next = 0;
        foreach (var append in promised.OrderBy(append => append.Sent))
        {
            for (; next < received.Count && received[next].Received < append.Sent; next++)
                longest = longest is null || received[next].Length > longest.Length ? received[next] : longest;
            if (longest is not null && longest.Length >= append.Length)
                yield return $"sent after {longest}, and put before it: {append}";
        }
    }

    /// <summary>
    /// Appends that a node acknowledged though they were sent when its successor had acknowledged others already.
    /// </summary>
    private static IEnumerable<string> FindSharedReigns(IEnumerable<Append> acknowledged)
    {
        foreach (var window in acknowledged.GroupBy(append => append.Window))
        {
            var reigns = window.GroupBy(append => append.By)
                .OrderBy(reign => reign.Min(append => append.Received)).ToList();
            for (var i = 1; i < reigns.Count; i++)
            {
                var first = reigns[i].MinBy(append => append.Received)!;
                if (reigns[i - 1].FirstOrDefault(append => append.Sent > first.Received) is { } late)
                    yield return $"two owners: {late} though before that {first}";
            }
        }
    }
}
