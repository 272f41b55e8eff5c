using System.Text;
using RedisLite.Lua;

namespace RedisLite.Commands.Scripting;

/// <summary>What a client can have run: a script by its digest, or a library's function by its name.</summary>
/// <remarks>Shared by all executors; immutable but for what is learned of its keys.</remarks>
internal abstract class CallableScript(byte[] name, ScriptFlags flags)
{
    private const int SuspicionOfRun = 16;
    private const int MostSuspicion = 2 * SuspicionOfRun;

    private volatile bool _strays;
    private volatile bool _takesLong;
    private volatile int _suspicion;

    /// <summary>As errors show it.</summary>
    public byte[] Name { get; } = name;

    public ScriptFlags Flags { get; } = flags;

    /// <summary>
    /// It was seen to touch keys that its caller does not declare, or to do what cannot be taken back: from then on it
    /// runs under all stripes at once.
    /// </summary>
    public bool Strays
    {
        get => _strays;
        set => _strays = value;
    }

    /// <summary>It was seen to take longer than a moment: from then on it runs on the pool at once.</summary>
    public bool TakesLong
    {
        get => _takesLong;
        set => _takesLong = value;
    }

    /// <summary>
    /// By the clock it took long, which on a busy machine means little: it does when it happens again before some runs
    /// were short.
    /// </summary>
    public void SuspectLength()
    {
        _suspicion += SuspicionOfRun;
        _takesLong |= _suspicion > MostSuspicion;
    }

    /// <summary>It was short.</summary>
    public void NoteShort()
    {
        if (_suspicion > 0)
            _suspicion--;
    }
}

/// <summary>A script of EVAL and SCRIPT LOAD, compiled once for the whole server.</summary>
internal sealed class EvalScript : CallableScript
{
    /// <summary>What messages call the text.</summary>
    public const string ChunkName = "@user_script";

    // A compiled script takes about so many times its text.
    private const int CodeFactor = 4;

    private EvalScript(byte[] name, ScriptFlags flags, LuaChunk chunk, int textLength)
        : base(name, flags)
    {
        Chunk = chunk;
        SeesKeys = chunk.MayReadGlobal("KEYS");
        SeesArguments = chunk.MayReadGlobal("ARGV");
        Size = (long)textLength * (1 + CodeFactor);
    }

    public LuaChunk Chunk { get; }

    /// <summary>Whether it might look at KEYS; if not, they need not be made.</summary>
    public bool SeesKeys { get; }

    /// <inheritdoc cref="SeesKeys"/>
    public bool SeesArguments { get; }

    /// <summary>About the bytes that it takes.</summary>
    public long Size { get; }

    /// <exception cref="ScriptRefusedException">It does not compile, or its first line is wrong.</exception>
    public static EvalScript Compile(ReadOnlySpan<byte> text, in ScriptDigest digest)
    {
        var flags = Shebang.ReadFlags(text, out var skipped);
        try
        {
            return new EvalScript(digest.ToText(), flags, LuaChunk.Compile(text[skipped..], ChunkName), text.Length);
        }
        catch (LuaSyntaxException error)
        {
            throw new ScriptRefusedException(
                $"Error compiling script (new function): {Encoding.Latin1.GetString(error.Text.Span)}");
        }
    }
}
