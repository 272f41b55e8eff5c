using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

// --quick: a first impression of everything in a minute or two. The rest of the arguments are BenchmarkDotNet's own.
const string QuickOption = "--quick";
var config = DefaultConfig.Instance;
if (args.Contains(QuickOption))
{
    var quick = Job.ShortRun
        .WithToolchain(new InProcessEmitToolchain(logOutput: true))
        .WithWarmupCount(1)
        .WithIterationTime(TimeInterval.FromMilliseconds(100));
    config = config.AddJob(quick.WithId("Quick"));
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args.Where(arg => arg != QuickOption)], config);
