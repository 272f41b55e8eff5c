namespace RedisLite.Commands.Server.Introspection;

/// <summary>Reads <see cref="CommandAttribute.Syntax"/> into the tree of arguments that COMMAND DOCS shows.</summary>
/// <remarks>
/// The notation of Redis's documentation:
/// <code>
///   sequence = { item }
///   item     = WORD                 a literal; the values after it are its own:  EX seconds,  LIMIT offset count
///            | word                 a value
///            | "[" choices "]"      optional
///            | "&lt;" choices "&gt;"      needed, one of them
///            | "..."                the item before it may be repeated
///   choices  = sequence { "|" sequence }
/// </code>
/// An optional group that repeats what stands before it, <c>key [key ...]</c> or <c>key value [key value ...]</c>,
/// means repetition and is no argument of its own.
/// </remarks>
internal ref struct SyntaxParser
{
    private readonly string[] _tokens;
    private int _next;

    private SyntaxParser(string[] tokens) => _tokens = tokens;

    /// <exception cref="FormatException">A bracket is not closed, or closes nothing.</exception>
    public static IReadOnlyList<SyntaxNode> Parse(string syntax)
    {
        var parser = new SyntaxParser(Split(syntax));
        var choices = parser.ReadChoices(out _);
        if (parser._next != parser._tokens.Length)
            throw new FormatException($"syntax '{syntax}' closes a bracket that it does not open");
        return choices is [var only] ? only : [OneOf(choices)];
    }

    private static string[] Split(string syntax)
    {
        foreach (var mark in "[]<>|")
            syntax = syntax.Replace(mark.ToString(), $" {mark} ", StringComparison.Ordinal);
        return syntax.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <param name="repeats">Whether the last sequence ended in "...", which then concerns the whole group.</param>
    private List<IReadOnlyList<SyntaxNode>> ReadChoices(out bool repeats)
    {
        var choices = new List<IReadOnlyList<SyntaxNode>> { ReadSequence(out repeats) };
        while (_next < _tokens.Length && _tokens[_next] == "|")
        {
            _next++;
            choices.Add(ReadSequence(out repeats));
        }

        return choices;
    }

    private List<SyntaxNode> ReadSequence(out bool repeats)
    {
        var nodes = new List<SyntaxNode>();
        repeats = false;
        while (_next < _tokens.Length && _tokens[_next] is not ("|" or "]" or ">"))
        {
            var token = _tokens[_next++];
            repeats = token == "...";
            if (repeats)
                continue;
            if (token == "[")
                AddOptional(nodes);
            else if (token == "<")
                nodes.Add(Group(ReadGroup(">", out _)));
            else if (char.IsAsciiLetterUpper(token[0]))
                nodes.Add(ReadLiteral(token));
            else
                nodes.Add(Value(token));
        }

        return nodes;
    }

    /// <summary>A literal takes the values after it, or the one group of choices.</summary>
    private SyntaxNode ReadLiteral(string token)
    {
        if (_next < _tokens.Length && _tokens[_next] == "<")
        {
            _next++;
            return Group(ReadGroup(">", out _)) with { Token = token };
        }

        var values = new List<SyntaxNode>();
        while (_next < _tokens.Length && char.IsAsciiLetterLower(_tokens[_next][0]))
            values.Add(Value(_tokens[_next++]));
        return values switch
        {
            [] => new SyntaxNode { Name = token.ToLowerInvariant(), Kind = SyntaxKind.PureToken, Token = token },
            [var only] => only with { Token = token },
            _ => Block(values) with { Name = token.ToLowerInvariant(), Token = token },
        };
    }

    private void AddOptional(List<SyntaxNode> nodes)
    {
        var choices = ReadGroup("]", out var repeats);
        if (repeats && choices is [var again] && RepeatsEnd(nodes, again))
        {
            var first = nodes.Count - again.Count;
            var repeated = again.Count == 1 ? nodes[first] : Block(nodes[first..]);
            nodes.RemoveRange(first, again.Count);
            nodes.Add(repeated with { IsMultiple = true, RepeatsToken = again[0].Token is not null });
            return;
        }

        nodes.Add(Group(choices) with { IsOptional = true, IsMultiple = repeats || IsRepeated(choices) });
    }

    private List<IReadOnlyList<SyntaxNode>> ReadGroup(string end, out bool repeats)
    {
        var choices = ReadChoices(out repeats);
        if (_next == _tokens.Length || _tokens[_next] != end)
            throw new FormatException($"a '{end}' is missing in syntax '{string.Join(' ', _tokens)}'");
        _next++;
        return choices;
    }

    private static bool IsRepeated(List<IReadOnlyList<SyntaxNode>> choices) => choices is [[{ IsMultiple: true }]];

    private static bool RepeatsEnd(List<SyntaxNode> nodes, IReadOnlyList<SyntaxNode> again)
    {
        if (nodes.Count < again.Count)
            return false;
        for (var i = 0; i < again.Count; i++)
        {
            var earlier = nodes[nodes.Count - again.Count + i];
            if (earlier.Name != again[i].Name || (again[i].Token is not null && again[i].Token != earlier.Token))
                return false;
        }

        return true;
    }

    private static SyntaxNode Group(List<IReadOnlyList<SyntaxNode>> choices) => choices switch
    {
        [[var only]] => only,
        [var sequence] => Block(sequence),
        _ => OneOf(choices),
    };

    private static SyntaxNode Value(string name) => new() { Name = name, Kind = SyntaxKinds.OfName(name) };

    private static SyntaxNode Block(IReadOnlyList<SyntaxNode> parts) =>
        new() { Name = NameOf(parts), Kind = SyntaxKind.Block, Parts = parts };

    private static SyntaxNode OneOf(IReadOnlyList<IReadOnlyList<SyntaxNode>> choices)
    {
        SyntaxNode[] parts = [.. choices.Select(choice => choice is [var only] ? only : Block(choice))];
        return new SyntaxNode { Name = NameOf(parts), Kind = SyntaxKind.OneOf, Parts = parts };
    }

    private static string NameOf(IEnumerable<SyntaxNode> parts) => string.Join('_', parts.Select(part => part.Name));
}
