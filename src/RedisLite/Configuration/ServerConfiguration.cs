using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>The configuration behind the CONFIG command and the options that it changes.</summary>
internal sealed class ServerConfiguration(RedisLiteSettings settings) : IServerConfiguration
{
    public RuntimeOptions Options { get; } = new()
    {
        MaxClients = settings.Network.MaxClients,
        TimeoutSeconds = (int)settings.Network.Timeout.TotalSeconds,
        ClientQueryBufferLimit = settings.Protocol.QueryBufferLimit,
        OutputBufferLimits =
        [
            settings.Clients.NormalOutputBufferLimit, settings.Clients.ReplicaOutputBufferLimit, settings.Clients.PubSubOutputBufferLimit,
        ],
        ProtoMaxBulkLength = settings.Protocol.ProtoMaxBulkLength,
        ProtectedMode = settings.Security.ProtectedMode,
        RequirePass = settings.Security.RequirePass,
    };

    public IReadOnlyList<KeyValuePair<string, string>> Get(IReadOnlyList<string> patterns) => [];

    public string? TrySet(IReadOnlyList<KeyValuePair<string, string>> values) => "ERR CONFIG SET is not available yet";

    public string? Rewrite() => "ERR CONFIG REWRITE is not available yet";
}
