namespace RedisLite.Replication.Slots;

/// <summary>
/// Clients that are held until it ends; one that has ended before it begins holds nobody. Any thread.
/// </summary>
/// <param name="begin">Holds them. LOCK: the stripes of the slots, exclusively.</param>
/// <param name="end">Lets them go on.</param>
internal sealed class ClientHold(Action begin, Action end)
{
    private readonly Lock _gate = new();
    private bool _isOn;
    private bool _hasEnded;

    /// <summary>LOCK: as its action wants it.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_hasEnded)
                return;
            _isOn = true;
            begin();
        }
    }

    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            if (!_isOn)
                return;
            _isOn = false;
        }

        end();
    }
}
