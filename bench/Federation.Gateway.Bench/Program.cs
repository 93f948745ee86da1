using Federation.Gateway.Bench;

switch (args)
{
    case ["watch", .. var rest]:
        await WatchBench.RunAsync(
            watches: rest.Length > 0 ? int.Parse(rest[0]) : 1000,
            writes: rest.Length > 1 ? double.Parse(rest[1]) : 1000,
            TimeSpan.FromSeconds(rest.Length > 2 ? double.Parse(rest[2]) : 20));
        return 0;
    case ["list", .. var rest]:
        await ListBench.RunAsync(objects: rest.Length > 0 ? int.Parse(rest[0]) : 100_000);
        return 0;
    case ["read", .. var rest]:
        await ReadBench.RunAsync(rest.Length > 0 ? rest[0] : null);
        return 0;
    default:
        Console.Error.WriteLine("usage: watch [WATCHES [WRITES/S [SECONDS]]] | list [OBJECTS] | read [POSTGRES]");
        return 2;
}
