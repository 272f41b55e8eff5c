namespace RedisLite.Server;

/// <summary>Completion of redislite-server's options and directives, for bash; from the same lists as --help.</summary>
internal static class BashCompletion
{
    public static string Text()
    {
        var options = HelpText.Options.SelectMany(
            option => option.Option.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word.StartsWith('-')).Append("--yes");
        var directives = HelpText.Directives.Select(directive => "--" + directive.Name);
        return $$"""
            # Completion of redislite-server for bash: source it, or put it into /etc/bash_completion.d.
            _redislite_server() {
                local word=${COMP_WORDS[COMP_CWORD]}
                if [[ $word == -* ]]; then
                    mapfile -t COMPREPLY < <(compgen -W '{{string.Join(' ', options.Concat(directives))}}' -- "$word")
                else
                    mapfile -t COMPREPLY < <(compgen -f -- "$word")
                fi
            }
            complete -F _redislite_server redislite-server

            """;
    }
}
