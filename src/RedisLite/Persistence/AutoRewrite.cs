using RedisLite.Commands.Server;

namespace RedisLite.Persistence;

/// <summary>
/// When the append only file is rewritten without being asked (<c>auto-aof-rewrite-*</c>). Belongs to the aof actor.
/// </summary>
/// <remarks>
/// A rewrite that fails is not begun again at once: it may be the disk being full, and each attempt writes all data and
/// leaves one more increment. The pause starts at a minute and doubles up to an hour, as in Redis; BGREWRITEAOF does
/// not care.
/// </remarks>
internal sealed class AutoRewrite(RuntimeOptions options, AofFigures figures, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private TimeSpan _pause = TimeSpan.Zero;
    private long _failedAt;

    public bool IsDue
    {
        get
        {
            var percentage = options.AutoAofRewritePercentage;
            if (percentage == 0 || figures.Size < options.AutoAofRewriteMinSize)
                return false;
            var size = Math.Max(1, figures.BaseSize);
            return (figures.Size - size) * 100.0 / size >= percentage
                && (_pause == TimeSpan.Zero || time.GetElapsedTime(_failedAt) >= _pause);
        }
    }

    /// <summary>A rewrite, asked for or not, is over.</summary>
    public void Ended(bool succeeded)
    {
        if (succeeded)
        {
            _pause = TimeSpan.Zero;
            return;
        }

        _failedAt = time.GetTimestamp();
        _pause = _pause == TimeSpan.Zero ? FirstPause : _pause * 2;
        if (_pause > LongestPause)
            _pause = LongestPause;
    }
}
