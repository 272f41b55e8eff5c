using System.Globalization;
using System.Numerics;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// String and bitmap commands done the simplest way: one character a byte, bits as text of zeros and ones.
/// </summary>
/// <remarks>Takes well-formed commands only and answers as <see cref="CommandHarness"/> shows replies.</remarks>
internal sealed class StringsModel
{
    private const string NotAnInteger = "-ERR value is not an integer or out of range";
    private const string Nil = "$-1";

    private readonly Dictionary<string, (string Value, long? ExpireAt)> _data = [];

    public long NowMs { get; set; } = CommandHarness.StartMs;

    public string Run(string[] args)
    {
        foreach (var key in _data.Where(pair => pair.Value.ExpireAt <= NowMs).Select(pair => pair.Key).ToList())
            _data.Remove(key);
        return args[0] switch
        {
            "GET" => Bulk(Get(args[1])),
            "SET" => Set(args),
            "SETNX" => ":" + (_data.ContainsKey(args[1]) ? 0 : Put(args[1], args[2])),
            "GETSET" => Returning(Bulk(Get(args[1])), () => Put(args[1], args[2])),
            "GETDEL" => Returning(Bulk(Get(args[1])), () => _data.Remove(args[1])),
            "GETEX" => GetEx(args),
            "DELIFEQ" => ":" + (Get(args[1]) == args[2] && _data.Remove(args[1]) ? 1 : 0),
            "DELEX" => ":" + (Get(args[1]) is { } value && value != args[3] && _data.Remove(args[1]) ? 1 : 0),
            "MSET" => Returning("+OK", () => PutAll(args)),
            "MSETNX" => Enumerable.Range(0, args.Length / 2).Any(i => _data.ContainsKey(args[1 + (2 * i)])) ? ":0" : ":"
                + PutAll(args),
            "MGET" => $"*{args.Length - 1} " + string.Join(' ', args.Skip(1).Select(key => Bulk(Get(key)))),
            "APPEND" => Change(args[1], Get(args[1]) + args[2]),
            "STRLEN" => $":{(Get(args[1]) ?? "").Length}",
            "GETRANGE" => GetRange(Get(args[1]) ?? "", Number(args[2]), Number(args[3])),
            "SETRANGE" => SetRange(args),
            "INCRBY" => IncrBy(args[1], Number(args[2])),
            "INCRBYFLOAT" => IncrByFloat(args),
            "SETBIT" => SetBit(args),
            "GETBIT" => ":" + Grow(BitsOf(args[1]), (int)Number(args[2]) + 1)[(int)Number(args[2])],
            "BITCOUNT" => $":{BitRange(args[1], args[2], args[3], args[4]).Bits.Count(bit => bit == '1')}",
            "BITPOS" => BitPos(args),
            "BITOP" => BitOp(args),
            "BITFIELD" => BitField(args),
            "LCS" => $":{LcsLength(Get(args[1]) ?? "", Get(args[2]) ?? "")}",
            _ => throw new ArgumentException(args[0]),
        };
    }

    private static string Bulk(string? value) =>
        value is null ? Nil : $"${value.Length} "
        + CommandHarness.Show(Latin1(value.Replace("\r\n", " ", StringComparison.Ordinal)));

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Returning(string reply, Action action)
    {
        action();
        return reply;
    }

    private string? Get(string key) => _data.TryGetValue(key, out var entry) ? entry.Value : null;

    private int Put(string key, string value, long? expireAt = null)
    {
        _data[key] = (value, expireAt);
        return 1;
    }

    private int PutAll(string[] args)
    {
        for (var i = 1; i < args.Length; i += 2)
            Put(args[i], args[i + 1]);
        return 1;
    }

    private string Change(string key, string value)
    {
        Put(key, value, _data.TryGetValue(key, out var old) ? old.ExpireAt : null);
        return $":{value.Length}";
    }

    private string Set(string[] args)
    {
        var old = Get(args[1]);
        var options = args[3..];
        var comparand = Array.FindIndex(options, option => option is "IFEQ" or "IFNE") + 1;
        var sets = (!options.Contains("NX") || old is null)
            && (!options.Contains("XX") || old is not null)
            && (!options.Contains("IFEQ") || old == options[comparand])
            && (!options.Contains("IFNE") || old != options[comparand]);
        var time = Array.IndexOf(options, "PX");
        if (sets && options.Contains("KEEPTTL"))
            Change(args[1], args[2]);
        else if (sets)
            Put(args[1], args[2], time < 0 ? null : NowMs + Number(options[time + 1]));
        return options.Contains("GET") ? Bulk(old) : sets ? "+OK" : Nil;
    }

    private string GetEx(string[] args)
    {
        if (Get(args[1]) is not { } value)
            return Nil;
        Put(args[1], value, args[2] == "PERSIST" ? null : NowMs + Number(args[3]));
        return Bulk(value);
    }

    private static string GetRange(string value, long start, long end)
    {
        if (start < 0 && end < 0 && start > end)
            return Bulk("");
        var (first, last) = Resolve(start, end, value.Length);
        return Bulk(first > last ? "" : value[first..(last + 1)]);
    }

    private string SetRange(string[] args)
    {
        var value = Get(args[1]) ?? "";
        var offset = (int)Number(args[2]);
        if (args[3].Length == 0)
            return $":{value.Length}";
        var padded = value.PadRight(offset + args[3].Length, '\0');
        return Change(args[1], padded[..offset] + args[3] + padded[(offset + args[3].Length)..]);
    }

    private string IncrBy(string key, long increment)
    {
        var text = Get(key) ?? "0";
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            || $"{value}" != text)
            return NotAnInteger;
        var sum = (BigInteger)value + increment;
        if (sum < long.MinValue || sum > long.MaxValue)
            return "-ERR increment or decrement would overflow";
        Change(key, $"{sum}");
        return $":{sum}";
    }

    private string IncrByFloat(string[] args)
    {
        if (!ExtendedFloat.TryParse(Latin1(Get(args[1]) ?? "0"), out var value)
            || !ExtendedFloat.TryParse(Latin1(args[2]), out var increment))
            return "-ERR value is not a valid float";
        var sum = (value + increment).ToString();
        Change(args[1], sum);
        return Bulk(sum);
    }

    private string BitsOf(string key) =>
        string.Concat((Get(key) ?? "").Select(c => Convert.ToString(c, 2).PadLeft(8, '0')));

    private static string Pack(string bits) =>
        string.Concat(
            Enumerable.Range(0, bits.Length / 8).Select(i => (char)Convert.ToInt32(bits.Substring(i * 8, 8), 2)));

    private static string Grow(string bits, int count) => bits.PadRight((count + 7) / 8 * 8, '0');

    private string SetBit(string[] args)
    {
        var offset = (int)Number(args[2]);
        var bits = Grow(BitsOf(args[1]), offset + 1);
        Change(args[1], Pack(bits[..offset] + args[3] + bits[(offset + 1)..]));
        return ":" + bits[offset];
    }

    private static (int First, int Last) Resolve(long start, long end, int length)
    {
        start = start < 0 ? Math.Max(0, start + length) : start;
        end = end < 0 ? Math.Max(0, end + length) : end;
        return ((int)start, (int)Math.Min(end, length - 1));
    }

    private (string Bits, int First) BitRange(
        string key, string start, string end, string unit, bool emptyIfReversed = true)
    {
        var bits = BitsOf(key);
        var scale = unit == "BIT" ? 1 : 8;
        var (first, last) = Resolve(Number(start), Number(end), bits.Length / scale);
        var reversed = emptyIfReversed && Number(start) < 0 && Number(end) < 0 && Number(start) > Number(end);
        return reversed || first > last ? ("", 0) : (bits[(first * scale)..((last + 1) * scale)], first * scale);
    }

    private string BitPos(string[] args)
    {
        if (Get(args[1]) is null)
            return args[2] == "0" ? ":0" : ":-1";
        var hasEnd = args.Length > 4;
        var (bits, first) = BitRange(
            args[1], args[3], hasEnd ? args[4] : "-1", hasEnd ? args[5] : "BYTE", emptyIfReversed: false);
        var found = bits.IndexOf(args[2][0], StringComparison.Ordinal);
        if (found < 0 && bits.Length > 0 && args[2] == "0" && !hasEnd)
            found = bits.Length;
        return $":{(found < 0 ? -1 : first + found)}";
    }

    private string BitOp(string[] args)
    {
        var sources = args[3..].Select(key => Get(key) ?? "").ToList();
        var length = sources.Max(source => source.Length);
        var result = string.Concat(Enumerable.Range(0, length).Select(i => (char)(sources
            .Select(source => i < source.Length ? (int)source[i] : 0)
            .Aggregate((x, y) => args[1] == "AND" ? x & y : args[1] == "OR" ? x | y : x ^ y) ^ (
                args[1] == "NOT" ? 255 : 0))));
        if (length == 0)
            _data.Remove(args[2]);
        else
            Put(args[2], result);
        return $":{length}";
    }

    /// <summary>One operation: <c>BITFIELD key OVERFLOW how INCRBY|SET type offset operand</c>.</summary>
    private string BitField(string[] args)
    {
        var signed = args[5][0] == 'i';
        var width = (int)Number(args[5][1..]);
        var offset = (int)Number(args[6]);
        var bits = Grow(BitsOf(args[1]), offset + width);
        var modulus = BigInteger.One << width;
        var (min, max) = signed ? (-modulus / 2, (modulus / 2) - 1) : (0, modulus - 1);
        var old = bits.Substring(offset, width).Aggregate(BigInteger.Zero, (sum, bit) => (sum * 2) + (bit - '0'));
        old = old > max ? old - modulus : old;
        var operand = (BigInteger)Number(args[7]);
        var exact = args[4] == "INCRBY" ? old + operand : signed
            || operand >= 0 ? operand : operand + (BigInteger.One << 64);
        var fits = exact >= min && exact <= max;
        var result = fits ? exact
            : args[3] == "SAT"
            ? (exact > max || (args[4] == "SET" && width < 64 && exact <= max - (BigInteger.One << 63)) ? max : min)
            : ((((exact - min) % modulus) + modulus) % modulus) + min;
        if (!fits && args[3] == "FAIL")
            result = old;
        var raw = result < 0 ? result + modulus : result;
        var field = string.Concat(Enumerable.Range(0, width).Select(i => (raw >> (width - 1 - i)).IsEven ? '0' : '1'));
        Change(args[1], Pack(bits[..offset] + field + bits[(offset + width)..]));
        return !fits && args[3] == "FAIL" ? $"*1 {Nil}" : $"*1 :{(args[4] == "SET" ? old : result)}";
    }

    private static int LcsLength(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
                table[i, j] = a[i - 1] == b[j - 1] ? table[i - 1, j - 1]
                    + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
        return table[a.Length, b.Length];
    }
}
