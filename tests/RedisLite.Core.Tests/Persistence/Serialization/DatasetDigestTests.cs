using RedisLite.Storage.Serialization;

namespace RedisLite.Core.Tests.Persistence.Serialization;

/// <summary>The expected digests are what redis-server 7.0.15 answers to DEBUG DIGEST.</summary>
public sealed class DatasetDigestTests
{
    [Fact]
    public void Nothing_has_a_digest_of_zeros() => Assert.Equal(new string('0', 40), new DatasetDigest().ToString());

    [Fact]
    public void The_digest_is_that_of_Redis()
    {
        var digest = new DatasetDigest();
        digest.AddString(0, "a"u8, "b"u8, -1);
        Assert.Equal("479783d7290f02957dfbe3408a858ba13eea1709", digest.ToString());
        digest.AddString(3, "number"u8, "12345"u8, 4_102_444_800_000);
        digest.AddString(0, "c"u8, ""u8, -1);
        Assert.Equal("7b273154c909f47e831f5d367c7271c113d5cfe2", digest.ToString());
    }

    [Fact]
    public void The_digest_of_a_value_is_that_of_Redis()
    {
        Assert.Equal("b78559cd22bce6e6df712eb99ce7f3b08e8f8f1f", Convert.ToHexStringLower(
            DatasetDigest.OfStringValue("b"u8, expires: false)));
        Assert.Equal("074a6e8892a0b0b4fcf085794cb69322c36c9d00", Convert.ToHexStringLower(
            DatasetDigest.OfStringValue("12345"u8, expires: true)));
    }

    [Fact]
    public void Order_does_not_matter_and_parts_can_be_merged()
    {
        var one = new DatasetDigest();
        one.AddString(1, "a"u8, "1"u8, 5);
        one.AddString(0, "b"u8, "2"u8, -1);
        one.AddString(1, "c"u8, "3"u8, -1);
        var part = new DatasetDigest();
        part.AddString(1, "c"u8, "3"u8, -1);
        var other = new DatasetDigest();
        other.AddString(0, "b"u8, "2"u8, -1);
        other.AddString(1, "a"u8, "1"u8, 6);
        other.Merge(part);
        Assert.Equal(one.ToString(), other.ToString());
    }

    [Fact]
    public void Times_of_expiry_count_if_they_shall()
    {
        var one = new DatasetDigest(withExpiryTimes: true);
        one.AddString(0, "a"u8, "1"u8, 5);
        var other = new DatasetDigest(withExpiryTimes: true);
        other.AddString(0, "a"u8, "1"u8, 6);
        Assert.NotEqual(one.ToString(), other.ToString());
    }
}
