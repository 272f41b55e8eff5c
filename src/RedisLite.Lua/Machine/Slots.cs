using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Lua.Machine;

/// <summary>Copies values between stacks and arrays.</summary>
internal static class Slots
{
    // The runtime's copy of references begins with a full memory barrier, which costs as much as copying some 50
    // values one by one.
    private const int FewValues = 48;

    /// <summary>Copies values, which may overlap.</summary>
    public static void Copy(LuaValue[] from, int start, LuaValue[] to, int target, int count)
    {
        if (count > FewValues)
        {
            Array.Copy(from, start, to, target, count);
            return;
        }
        if (count <= 0)
            return;
        Check(from, start, count);
        Check(to, target, count);
        ref var source = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(from), start);
        ref var destination = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(to), target);
        if (from == to && start < target)
        {
            while (--count >= 0)
                LuaValue.Copy(ref Unsafe.Add(ref destination, count), ref Unsafe.Add(ref source, count));
            return;
        }
        for (var index = 0; index < count; index++)
            LuaValue.Copy(ref Unsafe.Add(ref destination, index), ref Unsafe.Add(ref source, index));
    }

    private static void Check(LuaValue[] array, int start, int count)
    {
        if ((uint)start > (uint)array.Length || (uint)count > (uint)(array.Length - start))
            throw new ArgumentOutOfRangeException(nameof(start));
    }
}
