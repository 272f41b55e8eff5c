using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace RedisLite.Commands.Access;

/// <summary>How many passwords an address may try.</summary>
/// <param name="AtOnce">Failures that cost nothing but themselves, when there were none lately; 0 for no limit.</param>
/// <param name="IntervalMs">After those, one more attempt in so many milliseconds.</param>
internal readonly record struct LoginLimits(long AtOnce, long IntervalMs)
{
    public bool IsOn => AtOnce > 0 && IntervalMs > 0;
}

/// <summary>What is known of addresses that have given wrong passwords: when each may try the next.</summary>
/// <remarks>
/// One number an address: the time at which all its failures are forgotten. A failure moves it on by one interval, time
/// makes up for it by itself, and an attempt may be made while it is no more than some intervals ahead:
/// <code>
///            now                                        forgotten at
///   ----------|---- interval ---- interval ---- interval ----|-------->
///             free: (AtOnce - 1) intervals           wait: until it is so
/// </code>
/// An attempt that has to wait takes its turn beforehand, so that a hundred connections are no faster than one, and at
/// most <see cref="LoginLimits.AtOnce"/> wait. The same wrong password again is no guess and costs nothing: a program
/// with an old password, which tries again and again, is in nobody's way.
/// <para>An IPv6 address counts by its first 64 bits, which is what one customer has. Any thread. LOCK: one of its own,
/// held for a moment. What it keeps is bounded: of too many addresses those with the fewest failures are
/// forgotten.</para>
/// </remarks>
internal sealed class FailedLogins(int capacity = FailedLogins.DefaultCapacity)
{
    /// <summary>Of <see cref="TakeTurn"/>: too many wait already.</summary>
    public const long Refused = -1;

    private const int DefaultCapacity = 4096;
    private const int Remembered = 4;
    private const int SaltLength = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, Failures> _byAddress = [];
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(SaltLength);
    private volatile bool _isAny;

    /// <summary>Whether anybody has failed lately.</summary>
    public bool IsAny => _isAny;

    /// <summary>How many addresses are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _byAddress.Count;
        }
    }

    /// <summary>What counts as one address.</summary>
    /// <param name="client">As CLIENT LIST shows it. All that is no IP address is one and the same.</param>
    public static UInt128 KeyOf(string client)
    {
        if (!IPEndPoint.TryParse(client, out var endPoint))
            return 0;
        Span<byte> bytes = stackalloc byte[16];
        var address = endPoint.Address.MapToIPv6();
        address.TryWriteBytes(bytes, out _);
        if (!address.IsIPv4MappedToIPv6)
            bytes[8..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>How long an attempt has to wait.</summary>
    /// <returns>Milliseconds; 0 for one that may be made at once. A turn is taken only by one that waits. Or
    /// <see cref="Refused"/>.</returns>
    public long TakeTurn(UInt128 address, long nowMs, LoginLimits limits)
    {
        lock (_gate)
        {
            var wait = WaitOf(address, nowMs, limits);
            if (wait == 0)
                return 0;
            if (wait > limits.AtOnce * limits.IntervalMs)
                return Refused;
            _byAddress[address].ForgottenAtMs += limits.IntervalMs;
            return wait;
        }
    }

    /// <summary>Whether an attempt has to wait now. Takes no turn.</summary>
    public bool MustWait(UInt128 address, long nowMs, LoginLimits limits)
    {
        lock (_gate)
            return WaitOf(address, nowMs, limits) != 0;
    }

    /// <summary>An attempt that had taken a turn was right: it costs nothing.</summary>
    public void GiveBack(UInt128 address, LoginLimits limits)
    {
        lock (_gate)
            if (_byAddress.TryGetValue(address, out var failures))
                failures.ForgottenAtMs -= limits.IntervalMs;
    }

    /// <summary>An attempt has failed.</summary>
    /// <param name="address">Where it came from.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="limits">Those in force.</param>
    /// <param name="hadTurn">Whether it has waited, and so paid already.</param>
    /// <param name="user">As whom.</param>
    /// <param name="password">Nothing keeps it.</param>
    public void Note(
        UInt128 address, long nowMs, LoginLimits limits, bool hadTurn, string user, ReadOnlySpan<byte> password)
    {
        var guess = DigestOf(user, password);
        lock (_gate)
        {
            if (!_byAddress.TryGetValue(address, out var failures))
            {
                MakeRoom(nowMs);
                _byAddress.Add(address, failures = new Failures { ForgottenAtMs = nowMs });
                _isAny = true;
            }

            var isRepeated = failures.Has(guess);
            if (!isRepeated)
                failures.Remember(guess);
            if (hadTurn && isRepeated)
                failures.ForgottenAtMs -= limits.IntervalMs;
            else if (!hadTurn && !isRepeated)
                failures.ForgottenAtMs = Math.Max(failures.ForgottenAtMs, nowMs) + limits.IntervalMs;
        }
    }

    private long WaitOf(UInt128 address, long nowMs, LoginLimits limits)
    {
        if (!_byAddress.TryGetValue(address, out var failures))
            return 0;
        return Math.Max(0, failures.ForgottenAtMs - ((limits.AtOnce - 1) * limits.IntervalMs) - nowMs);
    }

    /// <summary>
    /// Forgets whose failures are made up for; if that is nobody, a quarter of all, the fewest first.
    /// </summary>
    private void MakeRoom(long nowMs)
    {
        if (_byAddress.Count < capacity)
            return;
        foreach (var (address, failures) in _byAddress)
            if (failures.ForgottenAtMs <= nowMs)
                _byAddress.Remove(address);
        if (_byAddress.Count < capacity)
            return;
        var fewest = _byAddress.OrderBy(static item => item.Value.ForgottenAtMs)
            .Take((capacity + 3) / 4)
            .Select(static item => item.Key)
            .ToList();
        foreach (var address in fewest)
            _byAddress.Remove(address);
    }

    /// <summary>Tells guesses apart without keeping them: salted anew for each start, and cut short.</summary>
    private ulong DigestOf(string user, ReadOnlySpan<byte> password)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _salt);
        hash.AppendData(Encoding.Latin1.GetBytes(user + "\0"));
        hash.AppendData(password);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }

    private sealed class Failures
    {
        private readonly ulong[] _guesses = new ulong[Remembered];
        private int _next;

        public long ForgottenAtMs { get; set; }

        public bool Has(ulong guess) => _guesses.AsSpan().Contains(guess);

        public void Remember(ulong guess) => _guesses[_next++ % Remembered] = guess;
    }
}
