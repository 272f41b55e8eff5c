using System.Globalization;

namespace RedisLite.Commands.Geo;

/// <summary>How places and distances are written in replies.</summary>
internal static class GeoText
{
    /// <summary>Characters of <see cref="FormatGeohash"/>.</summary>
    public const int GeohashLength = 11;

    /// <summary>Bytes that any coordinate or distance on the earth has room in.</summary>
    public const int MostNumberLength = 64;

    private const int CoordinateDigits = 17;
    private const int DistanceDigits = 4;

    private static ReadOnlySpan<byte> Base32 => "0123456789bcdefghjkmnpqrstuvwxyz"u8;

    /// <summary>
    /// The public geohash of a place, for geohash.org: its grid reaches to the poles, unlike that of scores.
    /// </summary>
    /// <remarks>The last character is always 0: eleven have 55 bits, and there are 52.</remarks>
    /// <param name="destination">At least <see cref="GeohashLength"/> bytes.</param>
    /// <param name="point">What a score stands for.</param>
    public static void FormatGeohash(Span<byte> destination, GeoPoint point)
    {
        const int BitsEach = 5;
        var bits = GeoCell.Of(point, GeoCell.MostSteps, mostLatitude: 90).Bits;
        for (var i = 0; i < GeohashLength - 1; i++)
            destination[i] = Base32[(int)(bits >> ((GeoCell.MostSteps * 2) - ((i + 1) * BitsEach))) & 0x1F];
        destination[GeohashLength - 1] = Base32[0];
    }

    /// <summary>A distance with four decimals, as C's <c>%.4f</c>.</summary>
    /// <returns>The bytes written, at most <see cref="MostNumberLength"/>.</returns>
    public static int FormatDistance(Span<byte> destination, double value) =>
        FormatFixed(destination, value, DistanceDigits, "F4", "F5");

    /// <summary>A coordinate with up to 17 decimals, without zeros at the end.</summary>
    /// <returns>The bytes written, at most <see cref="MostNumberLength"/>.</returns>
    public static int FormatCoordinate(Span<byte> destination, double value)
    {
        var length = FormatFixed(destination, value, CoordinateDigits, "F17", "F18");
        length = destination[..length].TrimEnd((byte)'0').TrimEnd((byte)'.').Length;
        if (destination[..length] is not [(byte)'-', (byte)'0'])
            return length;
        destination[0] = (byte)'0';
        return 1;
    }

    /// <summary>
    /// Rounds the number's exact value to a fixed number of decimals; halves to the even digit, as C does.
    /// </summary>
    private static int FormatFixed(Span<byte> destination, double value, int digits, string format, string longerFormat)
    {
        // A half of the last digit has one digit more and as many binary ones: only odd multiples of 2^-(digits+1) do.
        var scaled = Math.ScaleB(value, digits + 1);
        if (Math.Abs(scaled % 2) != 1)
        {
            value.TryFormat(destination, out var written, format, CultureInfo.InvariantCulture);
            return written;
        }

        value.TryFormat(destination, out var length, longerFormat, CultureInfo.InvariantCulture);
        length--;
        if ((destination[length - 1] & 1) == 0)
            return length;

        // An odd digit becomes the next one; nine takes the carry on, which stops at the latest at the integer's
        // digits: none of them are all nines where there is a half.
        var at = length - 1;
        while (destination[at] is (byte)'9' or (byte)'.')
        {
            if (destination[at] == '9')
                destination[at] = (byte)'0';
            at--;
        }

        destination[at]++;
        return length;
    }
}
