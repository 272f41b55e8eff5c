using CsCheck;
using RedisLite.Commands.Strings;

namespace RedisLite.Core.Tests.Commands;

/// <summary>The bit-vector algorithm finds what the table of the textbook, walked as Redis walks it, finds.</summary>
public sealed class StringsLcsPropertyTests
{
    private static readonly Gen<byte[]> Text = Gen.OneOf<byte[]>(
        Gen.Byte[97, 99].Array[0, 300], Gen.Byte[97, 122].Array[0, 150], Gen.Byte.Array[0, 80]);

    [Fact]
    public void Runs_are_those_of_the_table() =>
        Gen.Select(Text, Text).Sample(
            (a, b) =>
            {
                var common = new LongestCommonSubsequence(a, b);
                var runs = new List<(int, int, int)>();
                while (common.MoveToPreviousRun())
                    runs.Add((common.RunInFirst, common.RunInSecond, common.RunLength));
                Assert.Equal(Table(a, b), runs);
                Assert.Equal(runs.Sum(run => run.Item3), common.Length);
                Assert.Equal(common.Length, LongestCommonSubsequence.LengthOf(a, b));
                common.Dispose();
            },
            iter: 500);

    private static List<(int, int, int)> Table(byte[] a, byte[] b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var row = 1; row <= a.Length; row++)
            for (var column = 1; column <= b.Length; column++)
                table[row, column] = a[row - 1] == b[column - 1]
                    ? table[row - 1, column - 1] + 1
                    : Math.Max(table[row - 1, column], table[row, column - 1]);

        var runs = new List<(int, int, int)>();
        var (i, j, length) = (a.Length, b.Length, 0);
        while (i > 0 && j > 0)
        {
            if (a[i - 1] == b[j - 1])
            {
                (i, j, length) = (i - 1, j - 1, length + 1);
                continue;
            }

            if (length > 0)
                runs.Add((i, j, length));
            length = 0;
            if (table[i - 1, j] > table[i, j - 1])
                i--;
            else
                j--;
        }

        if (length > 0)
            runs.Add((i, j, length));
        return runs;
    }
}
