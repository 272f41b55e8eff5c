using CsCheck;
using RedisLite.Core.Tests.Persistence.Aof;
using RedisLite.Core.Tests.Persistence.Files;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Loading;
using RedisLite.Persistence.Rdb;

namespace RedisLite.Core.Tests.Persistence.Loading;

/// <summary>
/// A server's life on a simulated disk, ended at any moment: what was acknowledged is there afterwards, and nothing is
/// there by half. Counters are incremented, so that a command replayed twice shows as well as one that is missing.
/// </summary>
public sealed class CrashTests
{
    private static readonly AofLocation Location = new("/data");

    [Fact]
    public void A_crash_at_any_point_loses_nothing_that_was_acknowledged()
    {
        for (var crashAt = 1; ; crashAt++)
        {
            var life = new Life(new SimulatedDisk(), crashAt, failAt: int.MaxValue);
            var ended = life.Run();
            foreach (var failure in PowerFailure.All)
                life.VerifyAfter(failure, $"crash {crashAt}");
            if (ended)
                return;
        }
    }

    /// <summary>
    /// The switch to a new increment fails after the manifest names it, and the old one is appended to.
    /// </summary>
    [Fact]
    public void A_crash_after_a_failed_switch_leaves_a_torn_tail_that_is_not_in_the_last_file() =>
        Live(failAt: 125, crashAt: 130, failure: 11);

    [Fact]
    public void A_crash_after_a_failing_operation_loses_nothing_that_was_acknowledged() =>
        Gen.Select(Gen.Int[1, 170], Gen.Int[1, 250], Gen.Int[0, PowerFailure.All.Count - 1]).Sample(Live, iter: 1000);

    private static void Live(int failAt, int crashAt, int failure)
    {
        var life = new Life(new SimulatedDisk(), crashAt, failAt);
        life.Run();
        life.VerifyAfter(PowerFailure.All[failure], $"fail {failAt} crash {crashAt}");
    }

    /// <summary>What the actor of the append only file will do, in few words.</summary>
    private sealed class Life
    {
        private readonly SimulatedDisk _disk;
        private readonly ModelTarget _live = new();
        private readonly List<string> _states = [""];
        private AofDirectory _directory = null!;
        private AofIncrement _current = null!;
        private int _acknowledged;
        private bool _isAppended = true;

        public Life(SimulatedDisk disk, int crashAt, int failAt)
        {
            _disk = disk;
            var points = 0;
            disk.FailPoint = operation =>
            {
                points++;
                if (points == crashAt)
                    throw new SimulatedCrashException();
                if (points == failAt)
                    throw new IOException("Input/output error " + operation);
            };
        }

        /// <summary>Lives until the crash. True if there was none.</summary>
        public bool Run()
        {
            try
            {
                if (!Try(Start))
                    return true; // the server did not start
                for (var i = 0; i < 3; i++)
                    Append("INCR a");
                AppendUnsynced("INCR unsynced");
                Rewrite();
                Append("INCR b");
                Append("MULTI", "INCR a", "INCR b", "EXEC");
                Rewrite();
                Append("INCR a");
                return true;
            }
            catch (SimulatedCrashException)
            {
                return false;
            }
        }

        /// <summary>Starts another server on what the failure left, twice, and has it live on.</summary>
        public void VerifyAfter(PowerFailure failure, string context)
        {
            var disk = _disk.Reboot(failure);
            for (var restart = 0; restart < 2; restart++)
            {
                var directory = AofDirectory.Open(Location, disk);
                var loaded = Load(directory);
                var index = _states.IndexOf(loaded);
                Assert.True(
                    index >= _acknowledged,
                    $"{context}, {failure}: '{loaded}' is state {index}, {_acknowledged} acknowledged");
                using var file = directory.OpenForAppend();
                file.Sync();
                disk = disk.Reboot(PowerFailure.Worst);
            }
        }

        private static string Load(AofDirectory directory)
        {
            var target = new ModelTarget();
            AofLoader.Load(directory, target, new LoadOptions(), CancellationToken.None);
            return target.State;
        }

        private void Start()
        {
            _directory = AofDirectory.Open(Location, _disk);
            _current = _directory.OpenForAppend();
        }

        /// <summary>Executes, appends, syncs, and acknowledges if that worked.</summary>
        private void Append(params string[] commands)
        {
            AppendUnsynced(commands);
            Acknowledge();
        }

        private void AppendUnsynced(params string[] commands)
        {
            foreach (var command in commands)
                Assert.Null(_live.Execute(command.Split(' ')));
            _states.Add(_live.State);
            var bytes = Resp.Commands(commands);
            var half = bytes.Length / 2;
            _isAppended &= Try(() => _current.Append([bytes.AsMemory(0, half), bytes.AsMemory(half)]))
                || Try(() => _current.Append([bytes]));
        }

        private void Acknowledge()
        {
            if (_isAppended && !_current.IsBroken && Try(_current.Sync))
                _acknowledged = _states.Count - 1;
            else
                Recover();
        }

        private void Rewrite()
        {
            var previous = _current;
            if (!Try(() => _current = _directory.StartIncrement(_current)))
            {
                Acknowledge();
                return;
            }

            // The snapshot shows this moment, and commands go on while it is written.
            _acknowledged = _states.Count - 1;
            var snapshot = Snapshot();
            Append("INCR during");
            if (_current.Sequence == previous.Sequence + 1)
                Try(() => Complete(snapshot, _current));
            Try(_directory.DeleteHistory);
        }

        /// <summary>After a failed write or fsync only a new base from memory makes everything durable again.</summary>
        private void Recover()
        {
            for (var attempt = 0; attempt < 3; attempt++)
            {
                AofIncrement? increment = null;
                if (!Try(() => increment = _directory.CreateIncrement())
                    || !Try(() => Complete(Snapshot(), increment!)))
                    continue;
                _current = increment!;
                _isAppended = true;
                _acknowledged = _states.Count - 1;
                Try(_directory.DeleteHistory);
                return;
            }
        }

        private byte[] Snapshot()
        {
            var snapshot = new MemoryStream();
            _live.Save(new RdbWriter(snapshot));
            return snapshot.ToArray();
        }

        private void Complete(byte[] snapshot, AofIncrement firstKept)
        {
            using var newBase = _directory.CreateBase();
            newBase.Output.Write(snapshot.AsSpan(0, snapshot.Length / 2));
            newBase.Output.Write(snapshot.AsSpan(snapshot.Length / 2));
            _directory.CompleteRewrite(newBase, isRdb: true, firstKept);
        }

        private static bool Try(Action action)
        {
            try
            {
                action();
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
