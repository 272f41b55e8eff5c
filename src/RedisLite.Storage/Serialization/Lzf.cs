namespace RedisLite.Storage.Serialization;

/// <summary>The LZF compression that Redis uses for long strings in RDB files and DUMP payloads.</summary>
/// <remarks>
/// A compressed block is a sequence of:
///
/// <code>
///   000lllll  byte * (lllll + 1)             a run of 1..32 literal bytes
///   lllooooo  oooooooo                       lll 1..6: copy lll + 2 bytes from (offset + 1) bytes back
///   111ooooo  llllllll  oooooooo             copy llllllll + 9 bytes (9..264) from (offset + 1) bytes back
/// </code>
///
/// with a 13 bit offset, its high five bits first. The block does not hold its own length: RDB stores both lengths.
///
/// The compressor is greedy with one candidate for each hash of three bytes, and takes the same decisions as LibLZF
/// 3.6, so that DUMP gives the same bytes as a redis-server does. Thread-safe: each thread has its own candidate table.
/// </remarks>
public static class Lzf
{
    private const int HashBits = 16;
    private const int MaxLiterals = 1 << 5;
    private const int MaxDistance = 1 << 13;
    private const int MaxMatch = (1 << 8) + (1 << 3);
    private const int MinMatch = 3;

    // Up to this length it is worth a look first whether anything repeats itself.
    private const int ShortLength = 96;
    private const int FilterBits = 12;

    /// <summary>The most bytes that one compressed byte can stand for: a three byte copy of 264 bytes.</summary>
    private const int MaxExpansion = MaxMatch / 3;

    [ThreadStatic]
    private static CandidateTable? _candidates;

    /// <summary>
    /// Whether a block of <paramref name="compressedLength"/> bytes can possibly hold <paramref name="rawLength"/>
    /// bytes. Ask before allocating what an untrusted length field says.
    /// </summary>
    public static bool CanHold(long compressedLength, long rawLength) =>
        compressedLength > 0 && rawLength > 0 && rawLength / MaxExpansion <= compressedLength;

    /// <summary>Compresses <paramref name="input"/>.</summary>
    /// <param name="input">The bytes to compress.</param>
    /// <param name="output">
    /// Where the block goes; must not overlap the input. Its length is the most that the caller is ready to accept.
    /// </param>
    /// <returns>The block's length, or 0 when it would not fit: the input is then better stored as it is.</returns>
    public static int Compress(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty || output.IsEmpty)
            return 0;

        // Literals alone take more than the input.
        if (input.Length <= ShortLength && output.Length < input.Length && !MayRepeat(input))
            return 0;

        var candidates = _candidates ??= new CandidateTable();
        candidates.Begin(input.Length);
        var block = new BlockWriter(input, output);
        var position = 0;
        var hashEnd = input.Length - 2; // the last position at which three bytes are left
        while (position < hashEnd)
        {
            var candidate = candidates.Replace(Hash(input, position), position);
            var distance = position - candidate;

            // LibLZF takes position 0 for an empty slot and so never copies from there; kept for equal output.
            if (candidate <= 0 || distance > MaxDistance || !Same3(input, candidate, position))
            {
                if (!block.AddLiteral(position))
                    return 0;
                position++;
                continue;
            }

            var length = MatchLength(input, candidate, position);
            if (!block.AddMatch(distance - 1, length))
                return 0;
            position += length;
            if (position >= hashEnd)
                break;

            // Only the last two positions inside a match become candidates: cheap, and nearly as good as all.
            candidates.Set(Hash(input, position - 2), position - 2);
            candidates.Set(Hash(input, position - 1), position - 1);
        }

        return block.Finish(position);
    }

    /// <summary>
    /// Whether three bytes of a short input may come twice; false is certain. Most short texts have none, and the
    /// candidates' table, which no cache near the processor holds, is not needed for them.
    /// </summary>
    private static bool MayRepeat(ReadOnlySpan<byte> input)
    {
        Span<ulong> seen = stackalloc ulong[1 << (FilterBits - 6)];
        seen.Clear();
        for (var i = 0; i + MinMatch <= input.Length; i++)
        {
            var three = (uint)(input[i] | (input[i + 1] << 8) | (input[i + 2] << 16));
            var bit = (three * 2_654_435_769u) >> (32 - FilterBits);
            ref var word = ref seen[(int)(bit >> 6)];
            var mask = 1UL << (int)(bit & 63);
            if ((word & mask) != 0)
                return true;
            word |= mask;
        }

        return false;
    }

    /// <summary>Restores a block.</summary>
    /// <param name="input">The block. It is not trusted: any bytes are safe.</param>
    /// <param name="output">Where the bytes go; its length is that of the original.</param>
    /// <returns>False when the block is malformed or does not give exactly as many bytes as the output holds.</returns>
    public static bool TryDecompress(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var written = 0;
        while (!input.IsEmpty)
        {
            int control = input[0];
            int length;
            if (control < MaxLiterals)
            {
                length = control + 1;
                if (input.Length <= length || output.Length - written < length)
                    return false;
                input.Slice(1, length).CopyTo(output[written..]);
                written += length;
                input = input[(length + 1)..];
                continue;
            }

            length = (control >> 5) + 2;
            var header = 2;
            if (length == 9)
            {
                if (input.Length < 3)
                    return false;
                length += input[1];
                header = 3;
            }
            else if (input.Length < 2)
            {
                return false;
            }

            var distance = ((control & 0x1f) << 8) + input[header - 1] + 1;
            if (distance > written || output.Length - written < length)
                return false;
            CopyBack(output, written, distance, length);
            written += length;
            input = input[header..];
        }

        return written == output.Length;
    }

    /// <summary>
    /// Copies bytes already written; with a distance below the length the copy repeats itself, on purpose.
    /// </summary>
    private static void CopyBack(Span<byte> output, int written, int distance, int length)
    {
        var source = output.Slice(written - distance, Math.Min(distance, length));
        var target = output.Slice(written, length);
        if (distance == 1)
        {
            target.Fill(source[0]);
            return;
        }

        while (!target.IsEmpty)
        {
            var count = Math.Min(source.Length, target.Length);
            source[..count].CopyTo(target);
            target = target[count..];
        }
    }

    private static int Hash(ReadOnlySpan<byte> input, int position)
    {
        var three = input.Slice(position, MinMatch);
        var value = (three[0] << 16) | (three[1] << 8) | three[2];
        return ((value >> (24 - HashBits)) - (value * 5)) & ((1 << HashBits) - 1);
    }

    private static bool Same3(ReadOnlySpan<byte> input, int a, int b)
    {
        var left = input.Slice(a, MinMatch);
        var right = input.Slice(b, MinMatch);
        return left[2] == right[2] && left[0] == right[0] && left[1] == right[1];
    }

    /// <summary>How far two positions agree: at least three bytes (known), at most what the format allows.</summary>
    private static int MatchLength(ReadOnlySpan<byte> input, int candidate, int position)
    {
        // LibLZF leaves the last two bytes out, unless it compares the first 19 bytes in one go and they reach there.
        const int comparedAtOnce = 19;
        var limit = Math.Min(input.Length - position - 2, MaxMatch);
        limit = Math.Max(limit, limit > comparedAtOnce - MinMatch ? comparedAtOnce : MinMatch);
        return input.Slice(position, limit).CommonPrefixLength(input[candidate..]);
    }

    /// <summary>Writes literal runs and copies, and says when the output is full.</summary>
    /// <remarks>
    /// <c>_end</c> is where the next byte goes, the control byte of the open run included. When the checks refuse is
    /// part of what makes the output equal to LibLZF's.
    /// </remarks>
    private ref struct BlockWriter(ReadOnlySpan<byte> input, Span<byte> output)
    {
        private readonly ReadOnlySpan<byte> _input = input;
        private readonly Span<byte> _output = output;
        private int _end = 1;
        private int _literals;

        public bool AddLiteral(int position)
        {
            if (_end >= _output.Length)
                return false;
            PutLiteral(position);
            return true;
        }

        public bool AddMatch(int offset, int length)
        {
            if (_end - (_literals == 0 ? 1 : 0) + 4 >= _output.Length)
                return false;
            CloseRun();
            var code = length - 2;
            if (code < 7)
            {
                _output[_end++] = (byte)((code << 5) | (offset >> 8));
            }
            else
            {
                _output[_end++] = (byte)((7 << 5) | (offset >> 8));
                _output[_end++] = (byte)(code - 7);
            }

            _output[_end++] = (byte)offset;
            _end++; // the control byte of the next run
            return true;
        }

        /// <summary>Adds the last bytes, fewer than three, as literals.</summary>
        public int Finish(int position)
        {
            if (_end + 3 > _output.Length)
                return 0;
            for (; position < _input.Length; position++)
                PutLiteral(position);
            CloseRun();
            return _end;
        }

        private void PutLiteral(int position)
        {
            _output[_end++] = _input[position];
            if (++_literals < MaxLiterals)
                return;
            CloseRun();
            _end++;
        }

        /// <summary>Fills in the open run's control byte, or takes it back when the run is empty.</summary>
        private void CloseRun()
        {
            if (_literals == 0)
                _end--;
            else
                _output[_end - _literals - 1] = (byte)(_literals - 1);
            _literals = 0;
        }
    }

    /// <summary>The latest position of each hash of three bytes.</summary>
    /// <remarks>
    /// Positions are stored plus a base that grows with each input, so that older entries fall below it and the table
    /// need not be cleared: clearing its 256 KiB would cost far more than compressing a short string.
    /// </remarks>
    private sealed class CandidateTable
    {
        private readonly uint[] _slots = new uint[1 << HashBits];
        private uint _base;
        private uint _nextBase = 1;

        public void Begin(int inputLength)
        {
            if (uint.MaxValue - _nextBase <= (uint)inputLength)
            {
                Array.Clear(_slots);
                _nextBase = 1;
            }

            _base = _nextBase;
            _nextBase += (uint)inputLength;
        }

        /// <summary>Stores a position; returns the one before it, negative when there is none.</summary>
        public int Replace(int hash, int position)
        {
            ref var slot = ref _slots[hash];
            var previous = slot < _base ? -1 : (int)(slot - _base);
            slot = _base + (uint)position;
            return previous;
        }

        public void Set(int hash, int position) => _slots[hash] = _base + (uint)position;
    }
}
