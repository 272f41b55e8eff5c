using System.Reflection;
using System.Text;
using RedisLite.Protocol;
using Xunit.Sdk;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>How the bytes of a case reach the parser.</summary>
public enum Feeding
{
    Whole,
    SplitAtEveryOffset,
    ByteByByte,
}

/// <summary>
/// One parser case, run in each <see cref="Feeding"/>: the arguments of the test are input, outcome, feeding.
/// </summary>
/// <param name="input">A character for each byte.</param>
/// <param name="outcome">As rendered by <see cref="FedParser"/>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class FedInEveryWayAttribute(string input, string outcome) : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Enum.GetValues<Feeding>().Select(feeding => new object[] { input, outcome, feeding });
}

/// <summary>A parser fed as a connection feeds it: what was not consumed comes again, before what is new.</summary>
/// <remarks>
/// The outcome is text: <c>[SET k v]</c> for a multi-bulk request, <c>(SET k v)</c> for an inline one, <c>+3</c> for
/// three bytes that begin a request and are not all of it, <c>!text</c> for an error. Arguments are separated by
/// spaces; an argument that is empty or has a space is put into double quotes.
/// </remarks>
internal sealed class FedParser(ProtocolLimits limits, bool unauthenticated = false, int maxRequests = 3)
{
    private readonly RequestParser _parser = new(limits) { Unauthenticated = unauthenticated };
    private readonly RequestBatch _batch = new();
    private readonly StringBuilder _outcome = new();
    private byte[] _pending = [];

    public bool HasFailed { get; private set; }

    public string Outcome =>
        (_pending.Length > 0 && !HasFailed ? $"{_outcome} +{_pending.Length}" : _outcome.ToString()).TrimStart();

    public static string Run(byte[] input, ProtocolLimits limits, bool unauthenticated, params int[] cuts)
    {
        var fed = new FedParser(limits, unauthenticated);
        var from = 0;
        foreach (var cut in cuts.Append(input.Length))
        {
            fed.Feed(input.AsSpan(from, cut - from));
            from = cut;
        }

        return fed.Outcome;
    }

    public static void AssertOutcome(
        string expected, byte[] input, Feeding feeding, ProtocolLimits limits, bool unauthenticated = false)
    {
        switch (feeding)
        {
            case Feeding.Whole:
                Assert.Equal(expected, Run(input, limits, unauthenticated));
                break;
            case Feeding.SplitAtEveryOffset:
                for (var cut = 0; cut <= input.Length; cut++)
                {
                    var outcome = Run(input, limits, unauthenticated, cut);
                    Assert.True(expected == outcome, $"Cut at {cut}: {outcome}, not {expected}.");
                }

                break;
            case Feeding.ByteByByte:
                Assert.Equal(expected, Run(input, limits, unauthenticated, [.. Enumerable.Range(0, input.Length)]));
                break;
        }
    }

    public void Feed(ReadOnlySpan<byte> more)
    {
        if (HasFailed)
            return;

        // A new array each time: a parser that kept a reference to an earlier input would be found out.
        _pending = [.. _pending, .. more];
        ParseResult result;
        do
        {
            result = _parser.Parse(_pending, _batch, maxRequests);
            Take(result);
            _pending = _pending[result.Consumed..];
        }
        while (result.Status == ParseStatus.BatchFull);

        if (result.Status == ParseStatus.NeedMore)
            Assert.Equal(_pending.Length > 0, _parser.IsMidRequest);
        if (result.Status != ParseStatus.ProtocolError)
            return;

        HasFailed = true;
        Append("!" + Wire.Show(result.Error.Span));
    }

    private void Take(ParseResult result)
    {
        Assert.InRange(result.Consumed, 0, _pending.Length);
        Assert.InRange(_batch.Count, 0, maxRequests);
        Assert.True(result.MoreBytesHint >= 0);
        Assert.Equal(result.Status == ParseStatus.ProtocolError, !result.Error.IsEmpty);
        var end = 0;
        for (var i = 0; i < _batch.Count; i++)
        {
            Assert.InRange(_batch.EndOf(i), end + 1, result.Consumed);
            end = _batch.EndOf(i);
            Append(Render(i));
        }
    }

    private string Render(int request)
    {
        var arguments = _batch[request];
        Assert.True(arguments.Count > 0);
        var words = new string[arguments.Count];
        for (var i = 0; i < words.Length; i++)
        {
            var word = Wire.Show(arguments[i]);
            words[i] = word.Length == 0 || word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;
        }

        var text = string.Join(' ', words);
        return _batch.FormOf(request) == RequestForm.Inline ? $"({text})" : $"[{text}]";
    }

    private void Append(string next) => _outcome.Append(' ').Append(next);
}
