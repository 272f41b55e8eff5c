using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Geo;

/// <summary>Replies what a search has found, piece by piece.</summary>
/// <remarks>
/// <code>
///   member                                                   without details
///   *2..4  member  distance  score  *2 longitude latitude    with those that were asked for
/// </code>
/// </remarks>
internal sealed class GeoReply : ILongReply
{
    private const int PieceBytes = 16 * 1024;

    private readonly List<GeoMatch> _matches;
    private readonly GeoQuery _query;
    private readonly double _metresPerUnit;
    private readonly int _details;
    private HeldCollection _set;
    private int _next;
    private bool _hasBegun;

    /// <param name="set">Where it was found; handed over.</param>
    /// <param name="matches">What was found.</param>
    /// <param name="query">What was looked for.</param>
    public GeoReply(HeldCollection set, List<GeoMatch> matches, GeoQuery query)
    {
        _set = set;
        _matches = matches;
        _query = query;
        _metresPerUnit = query.Extent!.Value.MetresPerUnit;
        _details = (query.WithDistance ? 1 : 0) + (query.WithHash ? 1 : 0) + (query.WithPlace ? 1 : 0);
    }

    /// <inheritdoc/>
    public bool WriteMore(ReplyWriter reply)
    {
        if (!_hasBegun)
            reply.Array(_matches.Count);
        _hasBegun = true;
        for (var end = reply.Length + PieceBytes; _next < _matches.Count && reply.Length < end; _next++)
            Write(reply, _matches[_next]);
        return _next < _matches.Count;
    }

    public void Dispose() => _set.Dispose();

    /// <summary>A distance: text in every protocol.</summary>
    public static void WriteDistance(ReplyWriter reply, double distance)
    {
        Span<byte> text = stackalloc byte[GeoText.MostNumberLength];
        reply.Bulk(text[..GeoText.FormatDistance(text, distance)]);
    }

    /// <summary>A longitude and a latitude: doubles in RESP3, with more digits than scores have.</summary>
    public static void WritePlace(ReplyWriter reply, GeoPoint point)
    {
        reply.Array(2);
        WriteCoordinate(reply, point.Longitude);
        WriteCoordinate(reply, point.Latitude);
    }

    private static void WriteCoordinate(ReplyWriter reply, double value)
    {
        Span<byte> text = stackalloc byte[GeoText.MostNumberLength + 3];
        var length = GeoText.FormatCoordinate(text[1..], value);
        if (reply.Format != ReplyFormat.Resp3)
        {
            reply.Bulk(text.Slice(1, length));
            return;
        }

        text[0] = (byte)',';
        "\r\n"u8.CopyTo(text[(1 + length)..]);
        reply.Raw(text[..(length + 3)]);
    }

    private void Write(ReplyWriter reply, GeoMatch match)
    {
        if (_details != 0)
            reply.Array(_details + 1);
        reply.Bulk(_set.SortedSet.At(match.Rank).Member);
        if (_query.WithDistance)
            WriteDistance(reply, match.Distance / _metresPerUnit);
        if (_query.WithHash)
            reply.Integer((long)match.Score);
        if (_query.WithPlace)
            WritePlace(reply, GeoCell.PointOf(match.Score));
    }
}
