using System.Collections.Frozen;
using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Scripting;

/// <summary>The libraries of a server and their functions by name. Immutable: a change makes another set.</summary>
internal sealed class FunctionSet
{
    private readonly FrozenDictionary<byte[], LibraryFunction>.AlternateLookup<ReadOnlySpan<byte>> _functions;

    private FunctionSet(IReadOnlyList<FunctionLibrary> libraries)
    {
        Libraries = libraries;
        var functions = libraries.SelectMany(library => library.Functions)
            .ToFrozenDictionary(function => function.Name, ByteArrayComparer.Instance);
        FunctionCount = functions.Count;
        _functions = functions.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public static FunctionSet Empty { get; } = new([]);

    /// <summary>In the order in which they were loaded.</summary>
    public IReadOnlyList<FunctionLibrary> Libraries { get; }

    public int FunctionCount { get; }

    /// <summary>Bytes of the libraries' texts.</summary>
    public long TextBytes => Libraries.Sum(library => (long)library.Text.Length);

    public LibraryFunction? Find(ReadOnlySpan<byte> function) =>
        _functions.TryGetValue(function, out var found) ? found : null;

    public FunctionLibrary? FindLibrary(ReadOnlySpan<byte> name)
    {
        foreach (var library in Libraries)
            if (name.SequenceEqual(library.Name))
                return library;
        return null;
    }

    /// <summary>The set with another library, in place of the one of the same name if that is allowed.</summary>
    /// <exception cref="ScriptRefusedException">The library, or one of its functions, is there already.</exception>
    public FunctionSet With(FunctionLibrary library, bool replaces)
    {
        if (!replaces && FindLibrary(library.Name) is not null)
            throw new ScriptRefusedException($"Library {Encoding.Latin1.GetString(library.Name)} already exists");
        var others = Without(library.Name);
        foreach (var function in library.Functions)
            if (others.Find(function.Name) is not null)
                throw new ScriptRefusedException($"Function {Encoding.Latin1.GetString(function.Name)} already exists");
        return new FunctionSet([.. others.Libraries, library]);
    }

    public FunctionSet Without(ReadOnlySpan<byte> name)
    {
        var found = FindLibrary(name);
        return found is null ? this : new FunctionSet([.. Libraries.Where(library => library != found)]);
    }
}
