using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;

namespace RedisLite.Hosting;

/// <summary>Brings the users of a server in line with its configuration, at start and when it changes.</summary>
internal sealed class ServerAccess
{
    private readonly AccessControl _access;
    private readonly RedisLiteSettings _settings;
    private readonly ILoggingAdapter _log;
    private readonly AccessFile? _file;

    /// <param name="access">The server's.</param>
    /// <param name="configuration">The server's; its rewrite asks for the users.</param>
    /// <param name="settings">Validated.</param>
    /// <param name="log">The server's.</param>
    public ServerAccess(
        AccessControl access, ServerConfiguration configuration, RedisLiteSettings settings, ILoggingAdapter log)
    {
        _access = access;
        _settings = settings;
        _log = log;
        var options = configuration.Options;
        access.Users.SetDefaultPassword(options.RequirePass);
        options.Changed += directive =>
        {
            if (directive == "requirepass")
                access.Users.SetDefaultPassword(options.RequirePass);
        };
        if (settings.Security.AclFile.Length > 0)
        {
            _file = new AccessFile(settings.Persistence.Directory, settings.Security.AclFile, access.Users, log);
            access.File = _file;
        }
        else
        {
            configuration.UserLines = () => [.. access.Users.All.Select(access.Users.Describe)];
        }
    }

    /// <summary>Loads the users.</summary>
    /// <exception cref="ServerStartException">They are declared wrongly.</exception>
    public void Prepare()
    {
        var error = _file is null
            ? _access.Users.Declare(SecurityLines.Users(_settings.Security))
            : _file.Load(out _);
        if (error is not null)
            throw new ServerStartException($"Aborting startup because of ACL errors: {error}", null);
        foreach (var user in _access.Users.All.Where(user => !user.Rules.IsEnabled))
            _log.Info(
                "The user '{0}' is disabled (there is no 'on' modifier in the user description). Make sure this is not "
                + "a configuration error.",
                user.Name);
    }
}
