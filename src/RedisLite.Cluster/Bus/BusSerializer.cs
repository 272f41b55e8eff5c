using System.Runtime.Serialization;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace RedisLite.Cluster.Bus;

/// <summary>Carries the bus's messages, and refuses everything else: no type is found by its name.</summary>
/// <remarks>
/// <code>
///   [ version 1 ][ flags 1 ][ tag 16, with a secret ][ fields ]
/// </code>
/// The tag is an HMAC of the message's kind and all its bytes by the cluster's secret: a node that has one reads
/// nothing without it. It does not hide anything, and is no protection against what is sent twice, which the decisions
/// do not mind; and it is about our messages alone: mutual TLS is about Akka's own as well.
/// Bound to <see cref="object"/>, so that what Akka has no serializer of its own for ends up here.
/// </remarks>
internal sealed class BusSerializer : SerializerWithStringManifest
{
    /// <summary>Of one message: a map of a thousand nodes is a tenth of it.</summary>
    public const int MostBytes = 2 * 1024 * 1024;

    private const byte Version = 1;
    private const byte Tagged = 1;
    private const int TagLength = 16;
    private const int HeaderLength = 2;

    private readonly byte[] _secret;

    public BusSerializer(ExtendedActorSystem system)
        : base(system)
    {
        var setup = system.Settings.Setup.Get<BusSetup>();
        _secret = setup.HasValue ? Encoding.UTF8.GetBytes(setup.Value.Secret) : [];
    }

    /// <summary>Called by Akka in the place of the serializer that it would have, for which it has settings.</summary>
    public BusSerializer(ExtendedActorSystem system, Config settings)
        : this(system) => _ = settings;

    /// <inheritdoc/>
    public override int Identifier => 7_379;

    /// <inheritdoc/>
    public override string Manifest(object o) => BusCodec.ManifestOf(o)
        ?? throw new SerializationException($"{o.GetType()} is not sent to other nodes");

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var manifest = Manifest(obj);
        var fields = new WireWriter();
        BusCodec.Write(fields, obj);
        var hasTag = _secret.Length > 0;
        var start = HeaderLength + (hasTag ? TagLength : 0);
        var bytes = new byte[start + fields.Written.Length];
        (bytes[0], bytes[1]) = (Version, hasTag ? Tagged : (byte)0);
        fields.Written.CopyTo(bytes.AsSpan(start));
        if (bytes.Length > MostBytes)
            throw new SerializationException($"a message of {bytes.Length} bytes is too large for the bus");
        if (hasTag)
            Tag(manifest, fields.Written, bytes.AsSpan(HeaderLength, TagLength));
        return bytes;
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (bytes.Length < HeaderLength || bytes.Length > MostBytes || bytes[0] != Version)
            throw new SerializationException("not a message of this version of the bus");
        var hasTag = (bytes[1] & Tagged) != 0;
        var start = HeaderLength + (hasTag ? TagLength : 0);
        if (bytes.Length < start)
            throw new SerializationException("a message is cut short");
        var fields = bytes.AsSpan(start);
        if (hasTag != (_secret.Length > 0))
            throw new SerializationException(hasTag ? "a message has a tag, and this node no secret"
                : "a message has no tag of the cluster's secret");
        if (hasTag)
        {
            Span<byte> tag = stackalloc byte[TagLength];
            Tag(manifest, fields, tag);
            if (!CryptographicOperations.FixedTimeEquals(tag, bytes.AsSpan(HeaderLength, TagLength)))
                throw new SerializationException("a message was made with another secret, or changed on its way");
        }

        try
        {
            return BusCodec.Read(manifest, fields);
        }
        catch (FormatException error)
        {
            throw new SerializationException(error.Message, error);
        }
    }

    private void Tag(string manifest, ReadOnlySpan<byte> fields, Span<byte> tag)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        hash.AppendData(Encoding.ASCII.GetBytes(manifest + "\n"));
        hash.AppendData(fields);
        Span<byte> all = stackalloc byte[32];
        hash.GetHashAndReset(all);
        all[..TagLength].CopyTo(tag);
    }
}
