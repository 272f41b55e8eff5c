namespace RedisLite.Core.Tests.Persistence.Files;

/// <summary>Runs something again and again, with a crash one fail point later each time.</summary>
internal static class CrashAnywhere
{
    /// <param name="disk">What is on the disk before each run.</param>
    /// <param name="run">What is interrupted.</param>
    /// <param name="verify">Looks at what each kind of failure leaves.</param>
    public static void Try(SimulatedDisk disk, Action<SimulatedDisk> run, Action<SimulatedDisk> verify)
    {
        for (var crashAt = 1; ; crashAt++)
        {
            var running = disk.Reboot(PowerFailure.ProcessOnly);
            var points = 0;
            running.FailPoint = _ =>
            {
                if (++points == crashAt)
                    throw new SimulatedCrashException();
            };
            try
            {
                run(running);
                return;
            }
            catch (SimulatedCrashException)
            {
                foreach (var failure in PowerFailure.All)
                    verify(running.Reboot(failure));
            }
        }
    }
}
