using System.Runtime.CompilerServices;


namespace RedisLite.Storage.Locking;

/// <summary>
/// The stripes that a command, or a transaction, needs: collected first, then all taken, then all released.
/// </summary>
/// <remarks>
/// <para>LOCK: stripes are taken in ascending index, whatever order they were added in; that is what keeps two plans
/// from waiting for each other. A stripe named twice is taken once, exclusively if either asked so.</para>
/// <para>One owner at a time uses a plan, again and again; only the first commands make its arrays grow. The release
/// may happen on another thread than the taking.</para>
/// </remarks>
public sealed class LockPlan
{
    private readonly StripeLock[] _locks;
    private readonly int _shift;

    // stripe * 2, plus 1 for shared: sorting puts a stripe's exclusive wish before its shared ones.
    private int[] _wishes = new int[8];
    private int _count;
    private bool _all;
    private bool _allExclusive;
    private bool _normalized;

    // How far the stripes are taken: wishes, or stripes when all are wanted.
    private int _taken;

    private readonly object? _holder;

    internal LockPlan(StripeLock[] locks, int shift, object? holder)
    {
        _locks = locks;
        _shift = shift;
        _holder = holder;
    }

    // A shift by 64 would be one by 0 in C#, so one stripe takes two steps to shift all bits out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int StripeOf(ulong hash, int shift) => (int)((hash >> 1) >> shift);

    /// <summary>Between a successful enter and the exit.</summary>
    public bool IsEntered { get; private set; }

    /// <summary>Forgets all wishes.</summary>
    /// <exception cref="InvalidOperationException">The plan is entered.</exception>
    public void Clear()
    {
        ThrowIfEntered();
        _count = 0;
        _all = false;
        _allExclusive = false;
        _normalized = true;
    }

    /// <summary>Wishes the stripe of a key.</summary>
    public void Add(ulong hash, bool exclusive)
    {
        ThrowIfEntered();
        if (_count == _wishes.Length)
            Array.Resize(ref _wishes, _count * 2);
        _wishes[_count++] = (StripeOf(hash, _shift) << 1) | (exclusive ? 0 : 1);
        _normalized = _count == 1;
    }

    /// <summary>Wishes every stripe; single wishes added besides may still ask for more than shared.</summary>
    public void AddAll(bool exclusive)
    {
        ThrowIfEntered();
        _all = true;
        _allExclusive |= exclusive;
    }

    /// <summary>The stripe that the last attempt failed at.</summary>
    public int BusyStripe { get; private set; }

    /// <summary>Takes all stripes if each is free within a few microseconds; else none.</summary>
    public bool TryEnter() => Enter(mayWait: false, limit: null);

    /// <summary>Takes all stripes, waiting as long as it needs.</summary>
    /// <remarks>LOCK: the caller holds no stripe yet.</remarks>
    public void Enter() => Enter(mayWait: true, limit: null);

    /// <summary>Takes all stripes, or none when the limit ends the wait for one of them.</summary>
    /// <remarks>LOCK: the caller holds no stripe yet.</remarks>
    public bool Enter(IWaitLimit limit) => Enter(mayWait: true, limit);

    /// <summary>Releases what was taken; does nothing when nothing is, so it may stand in any finally.</summary>
    public void Exit()
    {
        if (!IsEntered)
            return;
        IsEntered = false;
        Release();
    }

    /// <summary>
    /// Whether an entered plan holds a key's stripe exclusively: what names the key shared may lie beside what changes.
    /// </summary>
    public bool HoldsExclusive(ulong hash) =>
        IsEntered && (_allExclusive || _wishes.AsSpan(0, _count).BinarySearch(StripeOf(hash, _shift) << 1) >= 0);

    /// <summary>Whether an entered plan holds a key's stripe at least so.</summary>
    public bool Covers(ulong hash, bool exclusive) =>
        HoldsExclusive(hash) || (!exclusive && IsEntered && (_all || HoldsShared(StripeOf(hash, _shift))));

    /// <summary>Whether an entered plan holds every stripe at least so.</summary>
    public bool CoversAll(bool exclusive) => IsEntered && _all && (_allExclusive || !exclusive);

    /// <summary>Whether an entered plan holds a stripe. Other threads get a moment's answer.</summary>
    public bool Holds(int stripe)
    {
        var wishes = _wishes;
        return IsEntered
            && (_all || wishes.AsSpan(0, Math.Min(_count, wishes.Length)).ContainsAny(stripe << 1, (stripe << 1) | 1));
    }

    private bool HoldsShared(int stripe) => _wishes.AsSpan(0, _count).BinarySearch((stripe << 1) | 1) >= 0;

    private int Total => _all ? _locks.Length : _count;

    private bool Enter(bool mayWait, IWaitLimit? limit)
    {
        ThrowIfEntered();
        if (_count == 1 && !_all)
            return EnterOne(mayWait, limit);
        if (!_normalized)
            Normalize();
        try
        {
            var total = Total;
            var wish = 0;
            for (; _taken < total; _taken++)
            {
                var (stripe, exclusive) = At(_taken, ref wish);
                if (!(mayWait ? _locks[stripe].Enter(exclusive, limit, stripe) : _locks[stripe].TryEnter(exclusive)))
                {
                    BusyStripe = stripe;
                    break;
                }

                if (exclusive)
                    _locks[stripe].Holder = _holder;
            }
            IsEntered = _taken == total;
            return IsEntered;
        }
        finally
        {
            if (!IsEntered)
                Release();
        }
    }

    /// <summary>By far the most frequent plan.</summary>
    private bool EnterOne(bool mayWait, IWaitLimit? limit)
    {
        ref var stripe = ref _locks[_wishes[0] >> 1];
        var exclusive = (_wishes[0] & 1) == 0;
        var index = _wishes[0] >> 1;
        if (!(mayWait ? stripe.Enter(exclusive, limit, index) : stripe.TryEnter(exclusive)))
        {
            BusyStripe = index;
            return false;
        }

        if (exclusive)
            stripe.Holder = _holder;
        _taken = 1;
        return IsEntered = true;
    }

    /// <summary>Sorts the wishes by stripe and leaves one for each, the exclusive one if there is one.</summary>
    private void Normalize()
    {
        var wishes = _wishes.AsSpan(0, _count);
        wishes.Sort();
        var kept = 0;
        foreach (var wish in wishes)
        {
            if (kept == 0 || wishes[kept - 1] >> 1 != wish >> 1)
                wishes[kept++] = wish;
        }
        _count = kept;
        _normalized = true;
    }

    /// <summary>
    /// The step's stripe and mode; <paramref name="wish"/> runs along the single wishes when all are taken.
    /// </summary>
    private (int Stripe, bool Exclusive) At(int step, ref int wish)
    {
        if (!_all)
            return (_wishes[step] >> 1, (_wishes[step] & 1) == 0);
        var exclusive = _allExclusive;
        if (wish < _count && _wishes[wish] >> 1 == step)
            exclusive |= (_wishes[wish++] & 1) == 0;
        return (step, exclusive);
    }

    private void Release()
    {
        var wish = 0;
        for (var step = 0; step < _taken; step++)
        {
            var (stripe, exclusive) = At(step, ref wish);
            if (exclusive)
                _locks[stripe].Holder = null;
            _locks[stripe].Exit(exclusive);
        }
        _taken = 0;
    }

    private void ThrowIfEntered()
    {
        if (IsEntered)
            throw new InvalidOperationException("The plan's stripes are held; release them first.");
    }
}
