using System.Net;
using Federation.Dns.Bench;
using Federation.Dns.Hosting;
using Federation.Dns.Transfers;
using Federation.Dns.Zones;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// Made of the same names for every server under test:
//   Federation.Dns.Bench zone NAMES       the zone as a zone file
//   Federation.Dns.Bench queries NAMES    one query for each name, as dnsperf reads them
//   Federation.Dns.Bench serve NAMES PORT RoundRobin|Weighted|GeoWeighted [KEYS]   KEYS: a directory with a key of fed.test., which is then signed; updates as UpdatePace reads them
//   Federation.Dns.Bench transfers NAMES PORT POLICY [KEYS]   the same, and gives the zone to whom it is asked by on the loopback
//   Federation.Dns.Bench siege PORT CONNECTIONS SECONDS   strangers hold connections in all ways, one after the other, while others ask; starts its own servers
// And without a network:
//   Federation.Dns.Bench update NAMES     what a zone of that size costs to load, to hold and to change
switch (args)
{
    case ["siege", var at, var connections, var seconds]:
        await Siege.RunAsync(int.Parse(at), int.Parse(connections), int.Parse(seconds));
        return 0;
    case ["besieged", var at, var directory]:
        await Siege.ServeAsync(int.Parse(at), directory);
        return 0;
}

if (args is not [var command, var count, ..] || !int.TryParse(count, out var names))
{
    Console.Error.WriteLine("usage: Federation.Dns.Bench zone|queries|serve|transfers|update NAMES [PORT POLICY [KEYS]], or siege PORT CONNECTIONS SECONDS");
    return 2;
}

switch (command)
{
    case "zone":
        Console.WriteLine("$ORIGIN fed.test.\n$TTL 300\n@ SOA ns hostmaster 1 300 60 1209600 5\n@ NS ns\nns A 127.0.0.1");
        for (var i = 0; i < names; i++)
        {
            for (var address = 0; address < BenchZone.Addresses; address++)
                Console.WriteLine($"app{i}.shop.svc 5 A {BenchZone.Address(address)}");
        }

        return 0;
    case "queries":
        for (var i = 0; i < names; i++)
            Console.WriteLine($"app{BenchZone.Shuffled(i, names)}.shop.svc.fed.test. A");
        return 0;
    case "serve" or "transfers" when args is [_, _, var port, var policy, .. var keys]:
        var pace = new UpdatePace();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IZoneSource>(new BenchZone(names, Enum.Parse<BenchPolicy>(policy), pace));
        builder.Services.AddNameServer(options =>
        {
            options.UdpWorkers = 1;
            options.KeysDirectory = keys.FirstOrDefault();

            if (command == "transfers")
                options.Transfers.Allowed.Add(new TransferPeer(new IPNetwork(IPAddress.Loopback, 32), null));

            // Limited like any client, far above what comes: the limit's own cost is in the figures.
            options.LimitExempt.Clear();
            options.ResponsesPerSecond = 1_000_000;
            options.Endpoints[0] = new IPEndPoint(IPAddress.Loopback, int.Parse(port));
        });
        _ = Task.Run(() => pace.FollowAsync(Console.In)); // reading it blocks
        await builder.Build().RunAsync();
        return 0;
    case "update":
        UpdateBench.Run(names);
        return 0;
    default:
        return 2;
}
