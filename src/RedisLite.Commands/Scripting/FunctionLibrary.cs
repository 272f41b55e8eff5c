using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using RedisLite.Lua;
using RedisLite.Lua.Libraries;

namespace RedisLite.Commands.Scripting;

/// <summary>A function that a library has registered.</summary>
internal sealed class LibraryFunction(FunctionLibrary library, byte[] name, ScriptFlags flags, byte[]? description)
    : CallableScript(name, flags)
{
    public FunctionLibrary Library { get; } = library;

    /// <summary>Null when there is none.</summary>
    public byte[]? Description { get; } = description;
}

/// <summary>
/// A library of functions: its text, compiled once for the whole server, and what it registers. Immutable.
/// </summary>
/// <remarks>
/// Each executor that is asked for a function of it runs its text in its own Lua state, and keeps what that registers
/// there.
/// </remarks>
internal sealed class FunctionLibrary
{
    /// <summary>What messages call the text.</summary>
    public const string ChunkName = "@user_function";

    private const int MostQuickSlices = 20;

    private const string NameRule =
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

    private static readonly SearchValues<byte> NameBytes =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    private FunctionLibrary(byte[] name, byte[] text, LuaChunk chunk)
    {
        Name = name;
        Text = text;
        Chunk = chunk;
    }

    public byte[] Name { get; }

    /// <summary>With its first line.</summary>
    public byte[] Text { get; }

    public LuaChunk Chunk { get; }

    /// <summary>Whether running its text took but a moment.</summary>
    public bool LoadsQuickly { get; private set; }

    public ImmutableArray<LibraryFunction> Functions { get; private set; } = [];

    /// <summary>Reads the name in a library's first line.</summary>
    /// <exception cref="ScriptRefusedException">The line is not one that Redis accepts.</exception>
    public static string ReadName(ReadOnlySpan<byte> text)
    {
        if (!Shebang.IsThere(text))
            throw new ScriptRefusedException("Missing library metadata");
        if (!Shebang.TryFindEnd(text, out var end) || Shebang.Split(text[..end]) is not { } words)
            throw new ScriptRefusedException("Invalid library metadata");
        string? name = null;
        foreach (var word in words.AsSpan(1))
        {
            if (!word.StartsWith("name=", StringComparison.OrdinalIgnoreCase))
                throw new ScriptRefusedException($"Invalid metadata value given: {word}");
            if (name is not null)
                throw new ScriptRefusedException("Invalid metadata value, name argument was given multiple times");
            name = word[5..];
        }

        if (name is null)
            throw new ScriptRefusedException("Library name was not given");
        if (!IsName(Encoding.Latin1.GetBytes(name)))
            throw new ScriptRefusedException(NameRule);
        if (!words[0].Equals("#!lua", StringComparison.OrdinalIgnoreCase))
            throw new ScriptRefusedException($"Engine '{words[0][2..]}' not found");
        return name;
    }

    /// <summary>Compiles a library and runs it once, to learn what it registers.</summary>
    /// <exception cref="ScriptRefusedException">It cannot be loaded.</exception>
    public static FunctionLibrary Load(ReadOnlySpan<byte> text, long memoryLimit)
    {
        var name = ReadName(text);
        LuaChunk chunk;
        try
        {
            chunk = LuaChunk.Compile(text[text.IndexOf((byte)'\n')..], ChunkName);
        }
        catch (LuaSyntaxException error)
        {
            throw new ScriptRefusedException($"Error compiling function: {Encoding.Latin1.GetString(error.Text.Span)}");
        }

        var library = new FunctionLibrary(Encoding.Latin1.GetBytes(name), text.ToArray(), chunk);
        var state = StandardLibraries.Open(new LuaState { MemoryLimit = memoryLimit });
        GlobalProtection.Protect(state);
        var loader = new LibraryLoader(state, (_, _) => { });
        var registered = loader.Run(chunk);
        library.LoadsQuickly = loader.Slices <= MostQuickSlices;
        if (registered.Count == 0)
            throw new ScriptRefusedException("No functions registered");
        library.Functions =
            [.. registered.Select(item => new LibraryFunction(library, item.Name, item.Flags, item.Description))];
        return library;
    }

    /// <summary>Whether a library or function may be called so.</summary>
    public static bool IsName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.ContainsAnyExcept(NameBytes);

    /// <inheritdoc cref="IsName"/>
    public static string NameProblem => NameRule;
}
