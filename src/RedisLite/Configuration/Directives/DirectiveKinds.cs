namespace RedisLite.Configuration;

/// <summary>Shorthands for the tables of directives.</summary>
internal static class DirectiveKinds
{
    public const DirectiveChange Immutable = DirectiveChange.Immutable;
    public const DirectiveChange AtStart = DirectiveChange.AtStart;
    public const DirectiveChange Protected = DirectiveChange.Protected;

    public static readonly DirectiveKind YesNo = new YesNoKind();
    public static readonly DirectiveKind Text = new TextKind();

    /// <summary>From 0 to the largest 32-bit number.</summary>
    public static readonly DirectiveKind Count = new IntegerKind(0, int.MaxValue);

    /// <summary>From 1 to the largest 32-bit number.</summary>
    public static readonly DirectiveKind CountFrom1 = new IntegerKind(1, int.MaxValue);

    /// <summary>From 0 to the largest 64-bit number.</summary>
    public static readonly DirectiveKind LongCount = new IntegerKind(0, long.MaxValue);

    public static readonly DirectiveKind AnyInteger = new IntegerKind(int.MinValue, int.MaxValue);
    public static readonly DirectiveKind Port = new IntegerKind(0, 65535);
    public static readonly DirectiveKind ShutdownFlags = new ShutdownFlagsKind();

    /// <summary>A size of which Redis keeps 63 bits.</summary>
    public static readonly DirectiveKind Size = Memory(0);

    /// <summary>A size of which Redis keeps 64 bits.</summary>
    public static readonly DirectiveKind UnsignedSize = new MemoryKind(0, ulong.MaxValue);

    public static DirectiveKind Integer(long min, long max) => new IntegerKind(min, max);

    public static DirectiveKind Memory(long min) => new MemoryKind(min, long.MaxValue);

    public static DirectiveKind Choice(params string[] names) => new ChoiceKind(names);

    /// <summary>A file's name without directories.</summary>
    public static DirectiveKind FileName(string directive, string what = "filename", bool canBeEmpty = false) =>
        new TextKind(text => text.Length == 0 && !canBeEmpty ? $"{directive} can't be empty"
            : text.Contains('/') ? $"{directive} can't be a path, just a {what}"
            : null);
}
