using RedisLite.Storage;
using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Deletes what a reader found expired, as Redis does on access; left to active expiry when a stripe is busy.
/// </summary>
/// <remarks>
/// A step of its own after the reader's run. LOCK: the caller holds no stripe; one at a time is taken.
/// </remarks>
internal sealed class ExpiredKeys(Databases databases)
{
    private readonly LockPlan _plan = databases.CreatePlan();

    public void Remove(in CommandContext request, bool mayWait)
    {
        foreach (ref readonly var located in request.Keys)
        {
            var key = new Key(request.Args[located.Position], located.Hash);
            _plan.Clear();
            _plan.Add(key.Hash, exclusive: true);
            if (mayWait)
                _plan.Enter();
            else if (!_plan.TryEnter())
                continue;
            try
            {
                databases[request.Session.Database].RemoveIfExpired(key, request.NowMs);
            }
            finally
            {
                _plan.Exit();
            }
        }
    }
}
