using System.Diagnostics;

namespace RedisLite.Lua.Libraries;

/// <summary>Of the os library only <c>clock</c>.</summary>
internal static class OsLibrary
{
    public static void Open(LuaState state) => StandardLibraries.Add(
        state,
        "os",
        ("clock", call => call.Return(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency)));
}
