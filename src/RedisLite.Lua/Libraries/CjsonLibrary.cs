namespace RedisLite.Lua.Libraries;

/// <summary>cjson: encoding, decoding, and the settings of an instance.</summary>
internal static class CjsonLibrary
{
    public static void Open(LuaState state) => state.Globals["cjson"] = Make(state);

    private static LuaTable Make(LuaState state)
    {
        var settings = new CjsonSettings();
        var library = new LuaTable(0, 16);
        StandardLibraries.AddFunctions(
            state,
            library,
            ("encode", call => Encode(call, settings)),
            ("decode", call => Decode(call, settings)),
            ("encode_sparse_array", call => SparseArray(call, settings)),
            ("encode_max_depth", call => IntegerOption(call, ref settings.EncodeMaxDepth, 1, int.MaxValue)),
            ("decode_max_depth", call => IntegerOption(call, ref settings.DecodeMaxDepth, 1, int.MaxValue)),
            ("encode_number_precision", call => IntegerOption(call, ref settings.NumberPrecision, 1, 14)),
            ("encode_keep_buffer", call => BooleanOption(call, ref settings.KeepBuffer)),
            ("encode_invalid_numbers", call => InvalidNumbersOption(call, settings)),
            ("decode_invalid_numbers", call => BooleanOption(call, ref settings.DecodeInvalidNumbers)),
            ("new", call => call.Return(Make(call.State))));
        library["null"] = LuaUserdata.Null;
        library["_NAME"] = LuaValue.String("cjson"u8);
        library["_VERSION"] = LuaValue.String("2.1.0"u8);
        return library;
    }

    private static int Encode(LuaCall call, CjsonSettings settings)
    {
        CheckOne(call);
        return call.Return(new LuaValue(new CjsonEncoder(call, settings).Encode(call[1])));
    }

    private static int Decode(LuaCall call, CjsonSettings settings)
    {
        CheckOne(call);
        return call.Return(new CjsonDecoder(call, call.Text(1), settings).Decode());
    }

    private static void CheckOne(LuaCall call)
    {
        if (call.Count != 1)
            throw call.ArgumentError(1, "expected 1 argument");
    }

    private static void CheckCount(LuaCall call, int most)
    {
        if (call.Count > most)
            throw call.ArgumentError(most + 1, "found too many arguments");
    }

    private static int SparseArray(LuaCall call, CjsonSettings settings)
    {
        CheckCount(call, 3);
        SetBoolean(call, 1, ref settings.SparseConvert);
        SetInteger(call, 2, ref settings.SparseRatio, 0, int.MaxValue);
        SetInteger(call, 3, ref settings.SparseSafe, 0, int.MaxValue);
        return call.Return([LuaValue.Boolean(settings.SparseConvert), settings.SparseRatio, settings.SparseSafe]);
    }

    private static int IntegerOption(LuaCall call, ref int setting, int least, int most)
    {
        CheckCount(call, 1);
        SetInteger(call, 1, ref setting, least, most);
        return call.Return(setting);
    }

    private static int BooleanOption(LuaCall call, ref bool setting)
    {
        CheckCount(call, 1);
        SetBoolean(call, 1, ref setting);
        return call.Return(LuaValue.Boolean(setting));
    }

    private static int InvalidNumbersOption(LuaCall call, CjsonSettings settings)
    {
        CheckCount(call, 1);
        if (call[1].IsString && call.Bytes(1).SequenceEqual("null"u8))
        {
            settings.EncodeInvalidNumbers = InvalidNumbers.WriteNull;
        }
        else if (!call[1].IsNil)
        {
            var isOn = settings.EncodeInvalidNumbers != InvalidNumbers.Refuse;
            SetBoolean(call, 1, ref isOn);
            settings.EncodeInvalidNumbers = isOn ? InvalidNumbers.Write : InvalidNumbers.Refuse;
        }
        return settings.EncodeInvalidNumbers == InvalidNumbers.WriteNull
            ? call.Return(LuaValue.String("null"u8))
            : call.Return(LuaValue.Boolean(settings.EncodeInvalidNumbers == InvalidNumbers.Write));
    }

    private static void SetInteger(LuaCall call, int argument, ref int setting, int least, int most)
    {
        if (call[argument].IsNil)
            return;
        var value = call.Integer(argument);
        if (value < least || value > most)
            throw call.ArgumentError(1, $"expected integer between {least} and {most}");
        setting = value;
    }

    private static void SetBoolean(LuaCall call, int argument, ref bool setting)
    {
        var value = call[argument];
        if (value.IsNil)
            return;
        if (value.Type == LuaType.Boolean)
        {
            setting = value.IsTruthy;
            return;
        }
        var option = call.Bytes(argument);
        if (option.SequenceEqual("on"u8))
            setting = true;
        else if (option.SequenceEqual("off"u8))
            setting = false;
        else
            throw call.ArgumentError(argument, $"invalid option '{new LuaValue(call.Text(argument))}'");
    }
}
