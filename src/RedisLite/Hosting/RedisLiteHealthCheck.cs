using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RedisLite.Hosting;

/// <summary>
/// The health of an embedded server: healthy while it serves; degraded on a replica without its primary, which serves
/// what it has; else, and in a cluster that is down, unhealthy, or what the registration says.
/// </summary>
/// <param name="server">What is watched.</param>
public sealed class RedisLiteHealthCheck(ServerView server) : IHealthCheck
{
    /// <summary>For a server of its own.</summary>
    public RedisLiteHealthCheck(RedisLiteServer server)
        : this((server ?? throw new ArgumentNullException(nameof(server))).View)
    {
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken =
        default)
    {
        var failure = context?.Registration?.FailureStatus ?? HealthStatus.Unhealthy;
        return Task.FromResult(Of(server.Readiness, failure));
    }

    internal static HealthCheckResult Of(ServerReadiness readiness, HealthStatus failure) => readiness switch
    {
        ServerReadiness.Ready => HealthCheckResult.Healthy(),
        ServerReadiness.Unlinked => HealthCheckResult.Degraded("The link to the primary is down"),
        ServerReadiness.ClusterDown => new HealthCheckResult(failure, "The cluster is down"),
        ServerReadiness.Loading => new HealthCheckResult(failure, "The server has not started, or loads its files"),
        _ => new HealthCheckResult(failure, "The server has ended"),
    };
}
