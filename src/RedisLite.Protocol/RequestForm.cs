namespace RedisLite.Protocol;

/// <summary>How a request was written; the reply takes the form of the request.</summary>
public enum RequestForm : byte
{
    /// <summary>A line of words, as typed into a terminal.</summary>
    Inline,

    /// <summary>A RESP array of bulk strings, as sent by client libraries.</summary>
    Multibulk,
}
