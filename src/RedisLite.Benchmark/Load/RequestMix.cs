namespace RedisLite.Benchmark.Load;

/// <summary>The requests of one test, with how often each is sent.</summary>
/// <param name="Name">What reports call it: <c>set</c>, <c>get</c>, <c>mixed</c>, ...</param>
/// <param name="Requests">Templates with weights above 0; the weights need not sum to 1.</param>
/// <param name="PlainLinesPerReply">Lines of each plain text reply; the same for all templates.</param>
internal sealed record RequestMix(
    string Name, IReadOnlyList<WeightedRequest> Requests, int PlainLinesPerReply = 1);

/// <summary>A request of a mix and its share.</summary>
internal readonly record struct WeightedRequest(RequestTemplate Template, double Weight);
