using System.Runtime.InteropServices;

namespace RedisLite.Lua.Libraries;

/// <summary>cmsgpack.</summary>
internal static class MessagePackLibrary
{
    public static void Open(LuaState state)
    {
        var library = StandardLibraries.Add(
            state,
            "cmsgpack",
            ("pack", Pack),
            ("unpack", call => Unpack(call, 0, 0)),
            ("unpack_one", call => Unpack(call, 1, call.Long(2, 0))),
            ("unpack_limit", call => Unpack(call, call.Long(2), call.Long(3, 0))));
        library["_NAME"] = LuaValue.String("cmsgpack"u8);
        library["_VERSION"] = LuaValue.String("lua-cmsgpack 0.4.0"u8);
        library["_DESCRIPTION"] = LuaValue.String("MessagePack C implementation for Lua"u8);
        library["_COPYRIGHT"] = LuaValue.String("Copyright (C) 2012, Salvatore Sanfilippo"u8);
    }

    private static int Pack(LuaCall call)
    {
        if (call.Count == 0)
            throw call.ArgumentError(0, "MessagePack pack needs input.");
        var encoder = new MessagePackEncoder(call);
        for (var argument = 1; argument <= call.Count; argument++)
            encoder.Add(call[argument], 0);
        return call.Return(new LuaValue(encoder.ToLuaString()));
    }

    // All where there is neither limit nor offset; else the next offset comes first, -1 at the end.
    private static int Unpack(LuaCall call, long limit, long offset)
    {
        var text = call.Text(1);
        var length = text.Length - LuaString.Prefix;
        if (offset < 0 || limit < 0)
            return call.Fail(
                $"Invalid request to unpack with offset of {unchecked((int)offset)} and limit of {length}.");
        if (offset > length)
            return call.Fail($"Start offset {unchecked((int)offset)} greater than input length {length}.");
        var isAll = limit == 0 && offset == 0;
        var decoder = new MessagePackDecoder(call, text, (int)offset);
        var results = new List<LuaValue>();
        if (!isAll)
            results.Add(LuaValue.Nil);
        for (var count = 0; !decoder.IsAtEnd && (isAll || count < limit); count++)
            results.Add(decoder.Read());
        if (!isAll)
            results[0] = decoder.IsAtEnd ? -1 : decoder.Offset;
        return call.Return(CollectionsMarshal.AsSpan(results));
    }
}
