using RedisLite.Benchmark.CommandLine;

return await BenchmarkProgram.RunAsync(args);
