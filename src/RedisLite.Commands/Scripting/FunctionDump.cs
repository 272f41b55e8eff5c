using System.Buffers.Binary;
using RedisLite.Storage.Serialization;

namespace RedisLite.Commands.Scripting;

/// <summary>All libraries in one payload, in Redis's own form.</summary>
/// <remarks>
/// <code>
///   { F5  text, a string as in RDB } ...   RDB version (2, little-endian)   CRC-64 of all before it (8)
/// </code>
/// </remarks>
internal static class FunctionDump
{
    private const byte Library = 0xF5;
    private const byte LibraryBeforeRelease = 0xF6;
    private const int VersionSize = 2;
    private const int ChecksumSize = 8;
    private const int FooterSize = VersionSize + ChecksumSize;

    public static byte[] Write(FunctionSet functions, bool compress)
    {
        var payload = new byte[
            FooterSize + functions.Libraries.Sum(library => 1 + RdbEncoding.MaxStringSize(library.Text.Length))];
        var size = 0;
        foreach (var library in functions.Libraries)
        {
            payload[size++] = Library;
            size += RdbEncoding.WriteString(payload.AsSpan(size), library.Text, compress);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(size), DumpPayload.RdbVersion);
        size += VersionSize;
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(size), Crc64.Compute(payload.AsSpan(0, size)));
        return payload[..(size + ChecksumSize)];
    }

    /// <exception cref="ScriptRefusedException">The payload, or a library in it, is not sound.</exception>
    public static List<FunctionLibrary> Read(ReadOnlySpan<byte> payload, long memoryLimit)
    {
        if (payload.Length < FooterSize
            || BinaryPrimitives.ReadUInt16LittleEndian(payload[^FooterSize..]) > DumpPayload.NewestRdbVersion
            || BinaryPrimitives.ReadUInt64LittleEndian(payload[^ChecksumSize..]) != Crc64.Compute(
                payload[..^ChecksumSize]))
            throw new ScriptRefusedException("DUMP payload version or checksum are wrong");
        var libraries = new List<FunctionLibrary>();
        var seen = FunctionSet.Empty;
        var rest = payload[..^FooterSize];
        while (!rest.IsEmpty)
        {
            if (rest[0] == LibraryBeforeRelease)
                throw new ScriptRefusedException("Pre-GA function format not supported");
            if (rest[0] != Library)
                throw new ScriptRefusedException("given type is not a function");
            if (!RdbEncoding.TryReadString(rest[1..], out var text, out var size))
                throw new ScriptRefusedException("failed loading the given functions payload");
            var bytes = new byte[text.Length];
            if (!text.TryCopyTo(bytes))
                throw new ScriptRefusedException("failed loading the given functions payload");
            var library = FunctionLibrary.Load(bytes, memoryLimit);
            seen = seen.With(library, replaces: false);
            libraries.Add(library);
            rest = rest[(1 + size)..];
        }

        return libraries;
    }
}
