using RedisLite.Commands.Execution;
using RedisLite.Lua;

namespace RedisLite.Commands.Scripting;

/// <summary>A library as one executor's state has it. One thread at a time.</summary>
internal sealed class LoadedLibrary(List<RegisteredFunction> registered)
{
    private readonly Dictionary<byte[], LuaFunction> _bodies = registered.ToDictionary(
        function => function.Name, function => function.Body, ByteArrayComparer.Instance);

    /// <summary>
    /// A run was seen to keep something, or it cannot be seen: what its functions are given is made anew for each.
    /// </summary>
    public bool MayKeep { get; set; } = !LuaState.TryWatchStores(registered.Select(function => function.Body));

    public LuaFunction? Find(byte[] name) => _bodies.GetValueOrDefault(name);
}
