namespace RedisLite.Lua.Libraries;

/// <summary>How cjson writes numbers that JSON does not have.</summary>
internal enum InvalidNumbers
{
    Refuse,
    Write,
    WriteNull,
}

/// <summary>The settings of one instance of cjson, with the defaults of lua-cjson.</summary>
internal sealed class CjsonSettings
{
    public bool SparseConvert;
    public int SparseRatio = 2;
    public int SparseSafe = 10;
    public int EncodeMaxDepth = 1000;
    public int DecodeMaxDepth = 1000;
    public int NumberPrecision = 14;
    public bool KeepBuffer = true;
    public InvalidNumbers EncodeInvalidNumbers = InvalidNumbers.Refuse;
    public bool DecodeInvalidNumbers = true;
}
