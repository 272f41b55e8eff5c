namespace RedisLite.Core.Tests.Persistence;

/// <summary>A stream that gives at most so many bytes at a time and may not tell its length, as a pipe would.</summary>
internal sealed class ChoppedStream(byte[] content, int step, bool seekable) : MemoryStream(content, writable: false)
{
    public override bool CanSeek => seekable;

    public override long Length => seekable ? base.Length : throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, step));

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, step)]);
}
