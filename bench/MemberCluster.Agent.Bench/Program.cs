using MemberCluster.Agent.Bench;

// usage: MemberCluster.Agent.Bench [containers] [parallelism] [rounds]; prints Markdown, as kept in bench/baselines/runtime.md
//        MemberCluster.Agent.Bench services [rounds] [seconds]; as kept in bench/baselines/services.md
//        MemberCluster.Agent.Bench rest [pods] [seconds]; root; as kept in bench/baselines/runtime.md
//        MemberCluster.Agent.Bench agent [pods] [idle pods] [idle seconds]; as kept in bench/baselines/runtime.md
if (args is ["services", ..])
{
    await new ServiceLoad(args.Length > 1 ? int.Parse(args[1]) : 3, TimeSpan.FromSeconds(args.Length > 2 ? int.Parse(args[2]) : 3)).RunAsync();
    return;
}

if (args is ["rest", ..])
{
    await new RestLoad(args.Length > 1 ? int.Parse(args[1]) : 100, TimeSpan.FromSeconds(args.Length > 2 ? int.Parse(args[2]) : 60)).RunAsync();
    return;
}

if (args is ["agent", ..])
{
    await new AgentLoad(args.Length > 1 ? int.Parse(args[1]) : 1000, args.Length > 2 ? int.Parse(args[2]) : 100, TimeSpan.FromSeconds(args.Length > 3 ? int.Parse(args[3]) : 30)).RunAsync();
    return;
}

var count = args.Length > 0 ? int.Parse(args[0]) : 60;
var parallelism = args.Length > 1 ? int.Parse(args[1]) : 8;
var rounds = args.Length > 2 ? int.Parse(args[2]) : 5;
await new StartManyContainers(count, parallelism, rounds).RunAsync();
