using System.Numerics;
using System.Runtime.CompilerServices;
using RedisLite.Storage.Locking;
using RedisLite.Storage.Memory;
using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>All numbered databases over one shared array of stripe locks.</summary>
/// <remarks>
/// High hash bits choose the stripe, low bits the bucket, so a growing stripe never moves a key to another lock:
///
///     hash  [ stripe |   ...   | bucket ]
///               |
///     locks   [ 0 ][ 1 ][ 2 ] ..                 lock i guards stripe i of every database
///     db 0    [ 0 ][ 1 ][ 2 ] ..
///     db 1    [ 0 ][ 1 ][ 2 ] ..                 made with the database's first key
///
/// A key has the same stripe in every database, so that commands over several databases need no further lock order.
///
/// LOCK: only <see cref="LockPlan"/> takes several stripes, in ascending index. Whoever holds one waits for nothing
/// else. The walks of <see cref="Keyspace"/> take one at a time.
/// </remarks>
public sealed class Databases : IDisposable
{
    private readonly Keyspace[] _keyspaces;
    private readonly KeyHasher _hasher;
    private readonly int _stripeShift;
    private readonly Lock _detachedGate = new();
    private readonly HashSet<DetachedTables> _detached = [];
    private readonly HashSet<AsideTables> _aside = [];
    private HiddenSlots? _hidden;
    private bool _disposed;

    /// <exception cref="ArgumentOutOfRangeException">A count is out of its range.</exception>
    public Databases(StorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DatabaseCount, 1, nameof(options));
        if (!BitOperations.IsPow2(options.StripeCount) || options.StripeCount > 65_536)
            throw new ArgumentOutOfRangeException(
                nameof(options), options.StripeCount, "Stripes: a power of two up to 65,536.");

        _hasher = new KeyHasher(options.Hash, options.Seed, options.BySlot);
        _stripeShift = 63 - BitOperations.Log2((uint)options.StripeCount);
        IsBySlot = options.BySlot;
        Context = new TableContext(options, _hasher);
        StringSource = NewString;
        Locks = new StripeLock[options.StripeCount];
        _keyspaces = new Keyspace[options.DatabaseCount];
        for (var i = 0; i < _keyspaces.Length; i++)
            _keyspaces[i] = new Keyspace(this, i);
    }

    public int Count => _keyspaces.Length;

    public int StripeCount => Locks.Length;

    /// <summary>Whether the high bits of a key's hash are its slot (<see cref="KeySlot.OfHash"/>).</summary>
    public bool IsBySlot { get; }

    /// <summary>Hears of all changes; set before the first one.</summary>
    public IKeyspaceObserver? Observer { get; set; }

    /// <summary>
    /// The access mark that new keys start with; whoever keeps the eviction policy's clock moves it. Any thread.
    /// </summary>
    public uint NewAccessClock
    {
        get => Context.NewAccessClock;
        set => Context.NewAccessClock = value;
    }

    /// <summary>Bytes of native memory in use: the exact sum over all blocks, tables in dismantling included.</summary>
    /// <remarks>Any thread; O(stripes of the databases in use), so ask now and then, not for every command.</remarks>
    public long UsedMemory
    {
        get
        {
            var sum = Context.Values.UsedBytes;
            foreach (var keyspace in _keyspaces)
                sum += keyspace.UsedMemory;
            lock (_detachedGate)
            {
                foreach (var tables in _detached)
                    sum += tables.UsedMemory;
                foreach (var tables in _aside)
                    sum += tables.UsedMemory;
            }
            return sum;
        }
    }

    /// <summary>
    /// Of <see cref="UsedMemory"/>, what no key has any more: tables in dismantling, and large strings that a log, a
    /// reply or a snapshot still holds. Any thread; cheap.
    /// </summary>
    public long LeavingMemory
    {
        get
        {
            var sum = Context.Values.UnkeyedBytes;
            lock (_detachedGate)
                foreach (var tables in _detached)
                    sum += tables.UsedMemory;
            return sum;
        }
    }

    /// <summary>Decides which blocks to move so that memory becomes free. One thread at a time.</summary>
    /// <returns>Bytes that <see cref="KeyspaceDefragmentation.Defragment"/> of everything may give back; 0 if it is not
    /// worth it.</returns>
    public long PlanDefragmentation() => Context.Allocator.PlanMoves();

    /// <summary>
    /// Whether <see cref="UsedMemory"/> may be above a limit; asks for the exact sum only near it. Any thread; cheap.
    /// </summary>
    public bool MayExceed(long limit)
    {
        var slack = 0L;
        foreach (var keyspace in _keyspaces)
            slack += keyspace.Stripes.Length * MemoryTotal.ReportStep;
        return Context.Total.Value + Context.Values.UsedBytes + slack > limit;
    }

    /// <summary>
    /// The allocator's own figures, over all servers of the process that share it; null if it has none (malloc). Any
    /// thread.
    /// </summary>
    public AllocatorStatistics? AllocatorStatistics => Context.Allocator.Statistics;

    /// <summary>
    /// How often threads slept for a stripe, or gave it up for busy, since the start. Any thread; O(stripes).
    /// </summary>
    public long StripeWaits()
    {
        long sum = 0;
        foreach (ref readonly var stripe in Locks.AsSpan())
            sum += stripe.Waits;
        return sum;
    }

    /// <summary>The same for each stripe. Any thread.</summary>
    public long[] WaitsByStripe() => Array.ConvertAll(Enumerable.Range(0, Locks.Length).ToArray(), i => Locks[i].Waits);

    /// <summary>Keys in each stripe, over all databases. Any thread; approximate while others write.</summary>
    public long[] KeysByStripe()
    {
        var sums = new long[Locks.Length];
        foreach (var keyspace in _keyspaces)
        {
            var stripes = keyspace.Stripes;
            for (var i = 0; i < stripes.Length; i++)
                sums[i] += stripes[i]?.Count ?? 0;
        }

        return sums;
    }

    /// <summary>Stripes that a thread sleeps for at this moment. Any thread; O(stripes).</summary>
    public int ContendedStripes()
    {
        var count = 0;
        foreach (ref readonly var stripe in Locks.AsSpan())
            if (stripe.HasSleepers)
                count++;
        return count;
    }

    /// <summary>Slots whose keys are nobody's to see; null for none. Any thread.</summary>
    public SlotSet? HiddenSlots => Hidden?.Slots;

    /// <summary>
    /// Hides the keys of slots from all who walk, count or sample, and keeps them from expiring by the clock; shows all
    /// others again. LOCK: all stripes, exclusive, or nobody is served yet.
    /// </summary>
    public void Hide(SlotSet slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        Volatile.Write(ref _hidden, slots.IsEmpty ? null : new HiddenSlots(slots, this));
    }

    internal HiddenSlots? Hidden => Volatile.Read(ref _hidden);

    internal StripeLock[] Locks { get; }

    internal TableContext Context { get; }

    public Keyspace this[int database] => _keyspaces[database];

    /// <summary>Hashes a key. The result is a view of <paramref name="bytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Key MakeKey(ReadOnlySpan<byte> bytes) => new(bytes, _hasher.HashKey(bytes));

    /// <summary>
    /// Bytes of memory that a key and its value take, the allocator's share included. LOCK: the key's stripe.
    /// </summary>
    public unsafe long MemoryOf(in Entry entry) =>
        Context.Allocator.RoundUp(entry.BlockSize) + sizeof(Record*) + (entry.ExpireAtMs == Keyspace.NoExpiry ? 0 : 16)
        + (entry.Root == 0 ? 0 : Values.ValueSlots.Bytes(entry.Root));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int StripeOf(ulong hash) => LockPlan.StripeOf(hash, _stripeShift);

    /// <summary>The stripe of a slot's keys, where keys are hashed by slot.</summary>
    public int StripeOfSlot(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)KeySlot.Count, nameof(slot));
        return StripeOf(HashOfSlot(slot));
    }

    /// <summary>A hash of a stripe: for plans that are to hold it.</summary>
    public ulong HashOfStripe(int stripe) => _stripeShift == 63 ? 0 : (ulong)stripe << (_stripeShift + 1);

    /// <summary>The lowest hash of a slot's keys: for plans that are to hold its stripe.</summary>
    public static ulong HashOfSlot(int slot) => (ulong)slot << (64 - KeySlot.Bits);

    /// <summary>A plan for one executor to use again and again.</summary>
    /// <param name="holder">What <see cref="HolderOf"/> names while the plan holds a stripe exclusively.</param>
    public LockPlan CreatePlan(object? holder = null) => new(Locks, _stripeShift, holder);

    /// <summary>
    /// On whose behalf a key's stripe is held: how an observer finds the run that makes the change it hears of. LOCK:
    /// the stripe is held exclusively by the caller.
    /// </summary>
    public object? HolderOf(ulong hash) => Locks[StripeOf(hash)].Holder;

    /// <summary>Exchanges the content of two databases in O(1). LOCK: all stripes, exclusive.</summary>
    public void Swap(int a, int b)
    {
        AssertAllHeldExclusive();
        if (a == b)
            return;
        Keyspace.ExchangeTables(_keyspaces[a], _keyspaces[b]);
        Observer?.Flushed(a, new FormerKeys(this, _keyspaces[b].Stripes));
        Observer?.Flushed(b, new FormerKeys(this, _keyspaces[a].Stripes));
    }

    /// <summary>Begins a large string that is to come piece by piece. Any thread, no lock.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public Values.StringIntake BeginString(int length) => new(Context.Values, length);

    /// <summary>
    /// A large string of no key, to be written by the one who made it before anybody else sees it. Any thread, no lock.
    /// </summary>
    /// <param name="length">Its length in bytes; its content is undefined.</param>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public Values.HeldString NewString(int length) => Values.HeldString.New(Context.Values, length);

    /// <summary>The same, as one object for all who need it.</summary>
    public Func<int, System.Buffers.IMemoryOwner<byte>> StringSource { get; }

    /// <summary>Makes empty tables that are filled while these are served, and may take their place.</summary>
    public AsideTables CreateAside()
    {
        var aside = new AsideTables(this);
        lock (_detachedGate)
            _aside.Add(aside);
        return aside;
    }

    /// <summary>Puts tables in the place of these in O(1). LOCK: all stripes, exclusive.</summary>
    /// <param name="aside">Made by <see cref="CreateAside"/>; empty afterwards.</param>
    /// <returns>What was there before: to be disposed of.</returns>
    public IReadOnlyList<DetachedTables> Adopt(AsideTables aside)
    {
        ArgumentNullException.ThrowIfNull(aside);
        AssertAllHeldExclusive();
        var former = new List<DetachedTables>(Count);
        foreach (var keyspace in _keyspaces)
        {
            former.Add(keyspace.Detach());
            Keyspace.ExchangeTables(keyspace, aside[keyspace.Index]);
        }

        return former;
    }

    /// <summary>Takes a step while nobody else holds a stripe, so no command runs. Waits for those who do.</summary>
    /// <param name="step">Short: everybody waits for it. It may not take stripes itself.</param>
    public T UnderAllStripes<T>(Func<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        var plan = CreatePlan();
        plan.AddAll(exclusive: true);
        plan.Enter();
        try
        {
            return step();
        }
        finally
        {
            plan.Exit();
        }
    }

    /// <inheritdoc cref="UnderAllStripes{T}"/>
    public void UnderAllStripes(Action step)
    {
        ArgumentNullException.ThrowIfNull(step);
        UnderAllStripes(() =>
        {
            step();
            return true;
        });
    }

    /// <summary>
    /// Frees every native block. Waits for those who hold stripes; later writes throw, later reads find nothing.
    /// </summary>
    public void Dispose()
    {
        UnderAllStripes(() =>
        {
            _disposed = true;
            foreach (var keyspace in _keyspaces)
                keyspace.FreeAll();
        });

        DetachedTables[] detached;
        AsideTables[] unused;
        lock (_detachedGate)
        {
            detached = [.. _detached];
            unused = [.. _aside];
        }

        foreach (var tables in unused)
            tables.Dispose();
        foreach (var tables in detached)
            tables.Dispose();
        Context.Values.FreeAll();
    }

    /// <summary>Walks everything under all locks. See <see cref="TableVerifier"/>.</summary>
    /// <exception cref="InvalidOperationException">Something disagrees; the message says what.</exception>
    internal void Verify()
    {
        var plan = CreatePlan();
        plan.AddAll(exclusive: false);
        plan.Enter();
        try
        {
            foreach (var keyspace in _keyspaces)
                TableVerifier.Verify(keyspace, this);
        }
        finally
        {
            plan.Exit();
        }
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    internal void Register(DetachedTables tables)
    {
        lock (_detachedGate)
            _detached.Add(tables);
    }

    internal void Forget(AsideTables tables)
    {
        lock (_detachedGate)
            _aside.Remove(tables);
    }

    internal void Forget(DetachedTables tables)
    {
        lock (_detachedGate)
            _detached.Remove(tables);
    }

    [System.Diagnostics.Conditional("DEBUG")]
    internal void AssertHeld(int stripe, bool exclusive) => System.Diagnostics.Debug.Assert(
        exclusive ? Locks[stripe].IsHeldExclusive : Locks[stripe].IsHeld,
        $"LOCK: stripe {stripe} is not held{(exclusive ? " exclusively" : "")}.");

    [System.Diagnostics.Conditional("DEBUG")]
    internal void AssertAllHeldExclusive()
    {
        for (var stripe = 0; stripe < Locks.Length; stripe++)
            AssertHeld(stripe, exclusive: true);
    }
}
