namespace RedisLite.Persistence.Files;

/// <summary>What every data directory has, beside the files that Redis knows.</summary>
public static class DataDirectory
{
    /// <summary>
    /// The file that a running server keeps locked (<see cref="IStorageDevice.TryLock"/>). It is empty, and stays.
    /// </summary>
    public const string LockFileName = "redislite.lock";
}
