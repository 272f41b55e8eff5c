using RedisLite.Benchmark.Load;

namespace RedisLite.Benchmark.Servers;

/// <summary>Shows people what is being measured and how far it is.</summary>
internal interface ILoadProgress
{
    /// <summary>Names the step that begins.</summary>
    void Say(string step);

    /// <summary>Begins to watch a phase that is about to run; disposing the result ends it.</summary>
    IDisposable Watch(LoadSession session, LoadPhase phase, string name);
}
