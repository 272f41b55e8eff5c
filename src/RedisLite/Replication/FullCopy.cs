using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using RedisLite.Log;
using RedisLite.Persistence;
using RedisLite.Persistence.Files;

namespace RedisLite.Replication;

/// <summary>One snapshot on its way to all replicas that waited for it.</summary>
/// <remarks>
/// <code>
///   waiting replicas            all stripes held: snapshot, log cut, a reader of the log for each
///        |                                 |
///        +--> +FULLRESYNC id offset        |     straight:   $EOF:mark CR LF, keys as they are walked, mark
///             the copy                     |     by a file:  $length CR LF, the file
///             what was written since  &lt;----+
/// </code>
/// Belongs to the thread that writes snapshots. A slow replica has it wait, so writers keep old states for longer
/// meanwhile; one that takes nothing for <c>repl-timeout</c> is dropped.
/// </remarks>
internal sealed class FullCopy : ICopyTarget
{
    private readonly ReplicationState _state;
    private readonly IReadOnlyList<CopyShare> _shares;
    private readonly Func<TimeSpan> _timeout;
    private readonly CancellationToken _stopping;
    private readonly byte[]? _mark;
    private readonly TemporaryCopy? _file;
    private readonly PieceStream _stream;
    private readonly CopyPieces _pieces = new();
    private LogCut _cut;
    private ReplicationHistory _history;

    /// <param name="state">The server's.</param>
    /// <param name="shares">The replicas.</param>
    /// <param name="file">Where the copy is written first; null to send it straight.</param>
    /// <param name="timeout">How long a replica may take nothing.</param>
    /// <param name="stopping">The server stops.</param>
    public FullCopy(
        ReplicationState state, IReadOnlyList<CopyShare> shares, TemporaryCopy? file, Func<TimeSpan> timeout,
        CancellationToken stopping)
    {
        _state = state;
        _shares = shares;
        _file = file;
        _timeout = timeout;
        _stopping = stopping;
        _history = state.History;
        _stream = new PieceStream(Send);
        if (file is null)
            _mark = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20)));
    }

    public IReadOnlyList<CopyShare> Shares => _shares;

    /// <inheritdoc/>
    public Stream Output => _file?.Output ?? _stream;

    /// <inheritdoc/>
    public bool HasKeys { get; init; } = true;

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, string>> Facts => ReplicationFacts.Of(_history, _cut);

    /// <inheritdoc/>
    public void AtCut()
    {
        _state.OpenBacklog();
        _history = _state.History;
        using var hold = _state.Cut(out _cut);
        foreach (var share in _shares)
            share.Open(() => _state.AddReader($"replica {share.Name}", _cut));
    }

    /// <inheritdoc/>
    public void Begin()
    {
        var greeting = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"+FULLRESYNC {_history.Id} {_history.OffsetOf(_cut.Position)}\r\n"));
        foreach (var share in _shares)
            share.Actor.Tell(new LinkActor.CopyBegins(share, greeting, HasEndMark: _mark is not null));
        if (_mark is not null)
            _stream.Write([.. "$EOF:"u8, .. _mark, .. "\r\n"u8]);
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_mark is not null)
            _stream.Write(_mark);
        else
            SendFile();
        foreach (var share in _shares)
            share.Actor.Tell(LinkActor.CopyEnds.Instance);
    }

    private void SendFile()
    {
        using var input = _file!.Complete(out var length);
        _stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${length}\r\n")));
        input.CopyTo(_stream, CopyPieces.Size);
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        var piece = _pieces.Rent();
        piece.Fill(bytes, _shares.Count);
        foreach (var share in _shares)
            share.Send(piece);
        var isAnyThere = false;
        foreach (var share in _shares)
            isAnyThere |= share.WaitForRoom(_timeout, _stopping);
        if (!isAnyThere)
            throw new OperationCanceledException("All replicas that wanted the copy have gone");
    }
}

/// <summary>A file that holds a copy until it has been sent. One thread.</summary>
internal sealed class TemporaryCopy : IDisposable
{
    private readonly IStorageDevice _device;
    private readonly string _path;
    private readonly WritableFileStream _output;

    public TemporaryCopy(IStorageDevice device, string directory)
    {
        _device = device;
        device.CreateDirectory(directory);
        _path = Path.Combine(directory, $"temp-copy-{Guid.NewGuid():N}.rdb");
        _output = new WritableFileStream(device.OpenWrite(_path, truncate: true));
    }

    public Stream Output => _output;

    /// <summary>Opens what was written.</summary>
    public Stream Complete(out long length)
    {
        _output.Dispose();
        length = _device.GetLength(_path);
        return _device.OpenRead(_path);
    }

    public void Dispose()
    {
        _output.Dispose();
        try
        {
            _device.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that fails has failed before, and that was told.
        }
    }
}
