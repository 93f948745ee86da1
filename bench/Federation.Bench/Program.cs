using Federation.Bench;

switch (args)
{
    case ["failover", .. var rest]:
        await FailoverBench.RunAsync(rounds: rest is [var rounds] ? int.Parse(rounds) : 10);
        return 0;
    case ["withdrawal", .. var rest]:
        await FailoverBench.RunPodsAsync(rounds: rest is [var pods] ? int.Parse(pods) : 30);
        return 0;
    case ["works", .. var rest]:
        await WorksBench.RunAsync(apps: rest is [var apps] ? int.Parse(apps) : 1000);
        return 0;
    case ["idle"]:
        await IdleBench.RunAsync();
        return 0;
    case ["move", .. var rest]:
        await MoveBench.RunAsync(megabytes: rest.Length > 0 ? int.Parse(rest[0]) : 1024, rounds: rest.Length > 1 ? int.Parse(rest[1]) : 3);
        return 0;
    default:
        Console.Error.WriteLine("usage: failover [ROUNDS] | withdrawal [ROUNDS] | works [APPS] | idle | move [MEGABYTES] [ROUNDS]");
        return 2;
}
