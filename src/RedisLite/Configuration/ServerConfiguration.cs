using System.Globalization;
using System.Text;
using RedisLite.Commands.Server;
using RedisLite.Connections.Tls;
using RedisLite.Protocol;

namespace RedisLite.Configuration;

/// <summary>The configuration of one running server, as CONFIG sees and changes it.</summary>
/// <remarks>
/// Holds each directive's value in force as CONFIG GET shows it, one char a byte, and keeps <see cref="Options"/> in
/// step. All members may be called from any thread. LOCK: a change is checked, made and announced under one lock, so
/// that two clients' changes never mix and <see cref="RuntimeOptions.Changed"/> comes in their order; a handler of it
/// must not change the configuration.
/// </remarks>
internal sealed class ServerConfiguration : IServerConfiguration
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly RedisLiteSettings _settings;
    private readonly ConfigSyntax? _fileSyntax;

    /// <summary>Takes the values to start with from settings.</summary>
    public ServerConfiguration(RedisLiteSettings settings)
    {
        _settings = settings;
        _fileSyntax = ConfigRewriter.SyntaxOf(settings.Sources);
        foreach (var directive in DirectiveTable.All)
        {
            _values[directive.Name] = DirectiveText.Of(directive, settings);
            directive.Apply?.Invoke(Options, _values[directive.Name]);
        }

        // Redis has no directive for it.
        Options.ScriptMemoryLimit = settings.Scripts.MemoryLimit;
    }

    /// <summary>The values in force for those who read them on every request.</summary>
    public RuntimeOptions Options { get; } = new();

    /// <summary>The users as lines for a configuration file; null while they are kept in a file of their own.</summary>
    public Func<IReadOnlyList<string>>? UserLines { get; set; }

    /// <summary>
    /// Puts a TLS configuration into force, and returns whether it could; without a server there is none.
    /// </summary>
    public Func<TlsOptions, bool> UseTls { get; init; } = static options => !options.ForReplication;

    /// <summary>The TLS configuration that the values in force describe.</summary>
    public TlsOptions Tls
    {
        get
        {
            lock (_lock)
                return TlsDirectives.Read(name => _values[name]);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, string>> Get(IReadOnlyList<string> patterns)
    {
        var result = new OrderedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        lock (_lock)
        {
            foreach (var pattern in patterns)
            {
                if (pattern.AsSpan().ContainsAny('*', '?', '['))
                    AddMatches(result, new GlobPattern(Encoding.Latin1.GetBytes(pattern), ignoreCase: true));
                else if (DirectiveTable.Find(pattern) is { } directive)
                    result.TryAdd(pattern, _values[directive.Name]); // under the name as asked for
            }
        }

        return [.. result];
    }

    /// <inheritdoc/>
    public string? TrySet(IReadOnlyList<KeyValuePair<string, string>> values)
    {
        lock (_lock)
        {
            // First the names, then the values: Redis reports an unknown name before a bad value that precedes it.
            var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (name, _) in values)
            {
                if (DirectiveTable.Find(name) is not { } directive)
                    return $"ERR Unknown option or number of arguments for CONFIG SET - '{name}'";
                if (Refusal(directive) is { } refusal)
                    return Failed(name, refusal);
                if (!named.Add(name))
                    return Failed(name, "duplicate parameter");
            }

            var changes = new OrderedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in values)
            {
                var directive = DirectiveTable.Find(name)!;
                var current = changes.GetValueOrDefault(directive.Name, _values[directive.Name]);
                IReadOnlyList<string> words = directive.Kind.IsMultiArgument ? value.Split(' ') : [value];
                if (directive.Kind.Normalize(words, current, out var canonical) is { } reason)
                    return Failed(name, reason);
                if (directive.Change != DirectiveChange.AtAnyTime && canonical != current)
                    return Failed(name, "RedisLite can change this only by a restart");
                if (directive.Name == "maxclients"
                    && int.Parse(canonical, CultureInfo.InvariantCulture) > _settings.MostClients)
                    return Failed(
                        name, "The operating system is not able to handle the specified number of clients, try with "
                            + $"{_settings.MostClients}");
                if (directive.OnlyDefault && canonical != directive.Default)
                    return Failed(name, "Unable to update TLS configuration. Check server logs.");
                changes[directive.Name] = canonical;
            }

            // A name of a file stands for what is in it: the same name again reads the file again.
            var tls = changes.Keys.FirstOrDefault(name => DirectiveTable.Find(name)!.IsTls);
            if (tls is not null && !UseTls(TlsDirectives.Read(name => changes.GetValueOrDefault(name, _values[name]))))
                return Failed(tls, "Unable to update TLS configuration. Check server logs.");
            Make(changes);
            return null;
        }
    }

    /// <summary>Notes the value of a directive that another command than CONFIG has changed.</summary>
    /// <param name="directive">Its own name.</param>
    /// <param name="canonical">As CONFIG GET shows it.</param>
    public void Put(string directive, string canonical)
    {
        lock (_lock)
            _values[directive] = canonical;
    }

    /// <inheritdoc/>
    public string? Rewrite()
    {
        if (_settings.ConfigFile is null)
            return "ERR The server is running without a config file";
        lock (_lock)
        {
            try
            {
                ConfigRewriter.Rewrite(
                    _settings.Sources, _values, UserLines?.Invoke(), _fileSyntax ?? ConfigSyntax.RedisConf);
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or SettingsException)
            {
                return $"ERR Rewriting config file: {e.Message}";
            }
        }
    }

    private static string Failed(string name, string reason) =>
        $"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}";

    private string? Refusal(Directive directive) => directive.Change switch
    {
        DirectiveChange.Immutable => "can't set immutable config",
        DirectiveChange.Protected when _values["enable-protected-configs"] != "yes" => "can't set protected config",
        _ => null,
    };

    private void AddMatches(OrderedDictionary<string, string> result, GlobPattern pattern)
    {
        foreach (var directive in DirectiveTable.All)
        {
            if (directive.Hidden)
                continue;
            if (pattern.IsMatch(Encoding.Latin1.GetBytes(directive.Name)))
                result.TryAdd(directive.Name, _values[directive.Name]);
            if (directive.Alias is { } alias && pattern.IsMatch(Encoding.Latin1.GetBytes(alias)))
                result.TryAdd(alias, _values[directive.Name]);
        }
    }

    private void Make(OrderedDictionary<string, string> changes)
    {
        var changed = changes.Where(change => _values[change.Key] != change.Value).ToList();
        foreach (var (name, value) in changed)
        {
            _values[name] = value;
            DirectiveTable.Find(name)!.Apply?.Invoke(Options, value);
        }

        foreach (var (name, _) in changed)
            Options.RaiseChanged(name);
    }
}
