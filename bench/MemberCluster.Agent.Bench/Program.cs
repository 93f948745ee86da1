using MemberCluster.Agent.Bench;

// usage: MemberCluster.Agent.Bench [containers] [parallelism] [rounds]; prints Markdown, as kept in bench/baselines/runtime.md
var count = args.Length > 0 ? int.Parse(args[0]) : 60;
var parallelism = args.Length > 1 ? int.Parse(args[1]) : 8;
var rounds = args.Length > 2 ? int.Parse(args[2]) : 5;
await new StartManyContainers(count, parallelism, rounds).RunAsync();
