using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>
/// DEBUG PROTOCOL: a value of each type of the protocol, for tests of clients. The values are Redis's.
/// </summary>
internal static class ProtocolSamples
{
    /// <summary>Writes the sample of a type; false when there is no such type.</summary>
    public static bool TryWrite(ReplyWriter reply, string type)
    {
        switch (type)
        {
            case "string":
                reply.Bulk("Hello World"u8);
                return true;
            case "integer":
                reply.Integer(12345);
                return true;
            case "double":
                reply.Double(3.141);
                return true;
            case "null":
                reply.Null();
                return true;
            case "bignum":
                reply.BigNumber("1234567999999999999999999999999999999"u8);
                return true;
            case "verbatim":
                reply.Verbatim("txt"u8, "This is a verbatim\nstring"u8);
                return true;
            case "true" or "false":
                reply.Boolean(type == "true");
                return true;
            default:
                return TryWriteAggregate(reply, type);
        }
    }

    private static bool TryWriteAggregate(ReplyWriter reply, string type)
    {
        switch (type)
        {
            case "array":
                reply.Array(3);
                break;
            case "set":
                reply.Set(3);
                break;
            case "map":
                reply.Map(3);
                for (var i = 0; i < 3; i++)
                {
                    reply.Integer(i);
                    reply.Boolean(i == 1);
                }

                return true;
            case "push" when reply.Format != ReplyFormat.Resp3:
                reply.Error("ERR RESP2 is not supported by this command"u8);
                return true;
            case "attrib" when reply.Format != ReplyFormat.Resp3:
                reply.Bulk("Some real reply following the attribute"u8);
                return true;
            case "attrib":
                reply.Attribute(1);
                reply.Bulk("key-popularity"u8);
                reply.Array(2);
                reply.Bulk("key:123"u8);
                reply.Integer(90);
                reply.Bulk("Some real reply following the attribute"u8);
                return true;
            case "push":
                reply.Push(2);
                reply.Bulk("server-cpu-usage"u8);
                reply.Integer(42);
                reply.Bulk("Some real reply following the push reply"u8);
                return true;
            default:
                return false;
        }

        for (var i = 0; i < 3; i++)
            reply.Integer(i);
        return true;
    }
}
