using Akka.Actor;

namespace RedisLite.Persistence;

/// <summary>Makes the fsyncs that may run beside writes, on a thread of its own. The aof actor's child.</summary>
internal sealed class AofSyncActor : UntypedActor
{
    public static Props Props() => Akka.Actor.Props.Create(() => new AofSyncActor());

    protected override void OnReceive(object message)
    {
        if (message is AofSync sync)
            Sender.Tell(new Ended(sync, Failure: Run(sync)));
        else
            Unhandled(message);
    }

    private static Exception? Run(AofSync sync)
    {
        try
        {
            sync.Run();
            return null;
        }
        catch (Exception e)
        {
            // Whatever it is: the file is not to be trusted any more, which is what the aof actor makes of it.
            return e;
        }
    }

    /// <summary>The answer to an <see cref="AofSync"/>.</summary>
    public sealed record Ended(AofSync Sync, Exception? Failure);
}
