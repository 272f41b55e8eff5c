using System.Globalization;
using System.Text;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Commands;

/// <summary>A stream as a text; when consumers were seen is left out, which no log keeps.</summary>
internal static class StreamText
{
    public static string Of(StreamValue stream)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{stream.Totals}");
        for (var cursor = stream.At(0); cursor.IsValid; cursor.MoveNext())
        {
            text.Append(CultureInfo.InvariantCulture, $" {cursor.Id}:");
            var fields = cursor.Fields;
            while (fields.MoveNext())
                text.Append(CultureInfo.InvariantCulture, $"{Show(fields.Name)}={Show(fields.Value)},");
        }

        for (var groups = stream.GroupsAt(0); groups.IsValid; groups.MoveNext())
        {
            text.Append(CultureInfo.InvariantCulture, $" [{Show(groups.Group.Name)} {groups.Group.State}");
            for (var cursor = groups.Group.PendingAt(0); cursor.IsValid; cursor.MoveNext())
                text.Append(CultureInfo.InvariantCulture, $" {cursor.Pending.State}@{Show(cursor.Pending.Consumer)}");
            for (var cursor = groups.Group.ConsumersAt(0); cursor.IsValid; cursor.MoveNext())
                text.Append(
                    CultureInfo.InvariantCulture, $" {Show(cursor.Consumer.Name)}:{cursor.Consumer.PendingCount}");
            text.Append(']');
        }

        return text.ToString();
    }

    private static string Show(ReadOnlySpan<byte> bytes) => CommandHarness.Show(bytes);
}
