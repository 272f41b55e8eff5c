using System.Globalization;
using System.Text;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>One reply as it was on the wire: its kind, its bytes and, for aggregates, its items.</summary>
/// <remarks>
/// Equality is exact: same kinds, same bytes, same order. <see cref="ToString"/> is the notation that scripts use for
/// expected replies, one reply a line:
///
///     +OK   -ERR text   :1   "bulk\x00"   nil ($-1)   nilarray (*-1)   null (_)
///     [a, b] array   {k: v} map   ~[a] set   >[a] push   ,1.5   #t   (123   ="txt:text"   !"ERR text"
/// </remarks>
internal sealed class RespValue(RespKind kind, byte[] bytes, IReadOnlyList<RespValue> items) : IEquatable<RespValue>
{
    /// <summary>A scalar.</summary>
    public RespValue(RespKind kind, byte[] bytes)
        : this(kind, bytes, [])
    {
    }

    /// <summary>An aggregate; a map's items are its keys and values in turn.</summary>
    public RespValue(RespKind kind, IReadOnlyList<RespValue> items)
        : this(kind, [], items)
    {
    }

    public RespKind Kind { get; } = kind;

    /// <summary>The payload without its framing; empty for aggregates and nulls.</summary>
    public byte[] Bytes { get; } = bytes;

    public IReadOnlyList<RespValue> Items { get; } = items;

    /// <summary>The payload read as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>The payload read as a number.</summary>
    /// <exception cref="FormatException">The payload is no 64-bit integer.</exception>
    public long Integer => long.Parse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    public bool IsError => Kind is RespKind.Error or RespKind.BulkError;

    public bool IsNull => Kind is RespKind.Null or RespKind.NullBulk or RespKind.NullArray;

    public bool IsAggregate => Kind is RespKind.Array or RespKind.Map or RespKind.Set or RespKind.Push;

    /// <summary>A value without payload: a null.</summary>
    public static RespValue Empty(RespKind kind) => new(kind, [], []);

    public static RespValue Bulk(string text) => new(RespKind.Bulk, Encoding.UTF8.GetBytes(text));

    public static RespValue Simple(string text) => new(RespKind.SimpleString, Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// The value of a map reply, or of the flat array that RESP2 makes of it; null when the key is not there.
    /// </summary>
    public RespValue? this[string key]
    {
        get
        {
            for (var i = 0; i + 1 < Items.Count; i += 2)
            {
                if (Items[i].Text == key)
                    return Items[i + 1];
            }

            return null;
        }
    }

    public bool Equals(RespValue? other) =>
        other is not null
        && Kind == other.Kind
        && Bytes.AsSpan().SequenceEqual(other.Bytes)
        && Items.SequenceEqual(other.Items);

    public override bool Equals(object? obj) => Equals(obj as RespValue);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Kind);
        hash.AddBytes(Bytes);
        hash.Add(Items.Count);
        return hash.ToHashCode();
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        AppendTo(text);
        return text.ToString();
    }

    private void AppendTo(StringBuilder text)
    {
        switch (Kind)
        {
            case RespKind.SimpleString: AppendEscaped(text.Append('+')); break;
            case RespKind.Error: AppendEscaped(text.Append('-')); break;
            case RespKind.Integer: AppendEscaped(text.Append(':')); break;
            case RespKind.Double: AppendEscaped(text.Append(',')); break;
            case RespKind.Boolean: AppendEscaped(text.Append('#')); break;
            case RespKind.BigNumber: AppendEscaped(text.Append('(')); break;
            case RespKind.Bulk: AppendQuoted(text); break;
            case RespKind.Verbatim: AppendQuoted(text.Append('=')); break;
            case RespKind.BulkError: AppendQuoted(text.Append('!')); break;
            case RespKind.NullBulk: text.Append("nil"); break;
            case RespKind.NullArray: text.Append("nilarray"); break;
            case RespKind.Null: text.Append("null"); break;
            case RespKind.Array: AppendItems(text, "[", "]"); break;
            case RespKind.Set: AppendItems(text, "~[", "]"); break;
            case RespKind.Push: AppendItems(text, ">[", "]"); break;
            case RespKind.Map: AppendItems(text, "{", "}"); break;
            default: throw new InvalidOperationException($"No notation for {Kind}.");
        }
    }

    private void AppendItems(StringBuilder text, string open, string close)
    {
        text.Append(open);
        for (var i = 0; i < Items.Count; i++)
        {
            if (i > 0)
                text.Append(Kind == RespKind.Map && i % 2 == 1 ? ": " : ", ");
            Items[i].AppendTo(text);
        }

        text.Append(close);
    }

    private void AppendQuoted(StringBuilder text)
    {
        AppendEscaped(text.Append('"'));
        text.Append('"');
    }

    private void AppendEscaped(StringBuilder text)
    {
        foreach (var b in Bytes)
        {
            switch (b)
            {
                case (byte)'\r': text.Append("\\r"); break;
                case (byte)'\n': text.Append("\\n"); break;
                case (byte)'\\': text.Append("\\\\"); break;
                case (byte)'"' when Kind is RespKind.Bulk or RespKind.Verbatim or RespKind.BulkError:
                    text.Append("\\\"");
                    break;
                case >= 0x20 and < 0x7f: text.Append((char)b); break;
                default: text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}"); break;
            }
        }
    }
}
