using Garnet;

// Arguments are Garnet's own, for example --port 7003. Without --aof and --recover it persists nothing.
using var server = new GarnetServer(args);
server.Start();
await Task.Delay(Timeout.Infinite);
