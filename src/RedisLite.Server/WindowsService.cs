using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.WindowsServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.EventLog;

namespace RedisLite.Server;

/// <summary>
/// The program as a service of Windows: the service manager starts and stops it, in place of signals.
/// </summary>
/// <remarks>
/// Elsewhere nothing of it is loaded. What an operator has to act on goes to the event log as well, since nobody sees
/// standard output; a <c>logfile</c> has all of it.
/// </remarks>
internal static class WindowsService
{
    /// <summary>Whether the service manager has started this process.</summary>
    public static bool IsOne { get; } = OperatingSystem.IsWindows() && IsService();

    /// <summary>A service begins in the system's folder; relative names mean the program's.</summary>
    public static void EnterOwnFolder()
    {
        if (IsOne)
            Directory.SetCurrentDirectory(AppContext.BaseDirectory);
    }

    /// <summary>Has the service manager's wishes heeded, and the event log written.</summary>
    [SupportedOSPlatform("windows")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Register(HostApplicationBuilder builder)
    {
        builder.Services.AddWindowsService(options => options.ServiceName = "redislite");
        builder.Logging.AddFilter<EventLogLoggerProvider>(level => level >= LogLevel.Warning);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsService() => OperatingSystem.IsWindows() && WindowsServiceHelpers.IsWindowsService();
}
