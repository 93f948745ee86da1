using System.Net;
using System.Text.Json;
using MemberCluster.Agent.PlaneHost;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Services.Nftables;
using MemberCluster.Agent.Services.Peers;
using Microsoft.Extensions.Logging;

// usage: MemberCluster.Agent.PlaneHost nftables|proxy TABLE      a service plane in a process and a network of its own, told what to do by lines of JSON
//        MemberCluster.Agent.PlaneHost purge CLUSTER             removes what a cluster's agents left in the kernel
//        MemberCluster.Agent.PlaneHost pets ENGINE DIRECTORY     a node agent with one pet, permitted while DIRECTORY has a file "permit"
if (args is ["pets", var engine, var directory])
    return await PetHost.RunAsync(engine, directory);
if (args is ["purge", var cluster])
{
    var left = await ServicePlanes.RemoveAsync(cluster, CancellationToken.None);
    if (left is not null)
        Console.Error.WriteLine(left);
    return left is null ? 0 : 1;
}

var output = new Lines();
using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddSimpleConsole().AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
var (choice, reason) = await ServicePlaneChoice.MakeAsync(Enum.Parse<ServicePlaneKind>(args[0], ignoreCase: true), [IPAddress.Any], args[1], CancellationToken.None);
if (choice is null)
{
    Console.Error.WriteLine(reason);
    return 1;
}

void OnState(ListenerState state) => output.Write(new HostAnswer { Uid = state.WorkUid, Address = state.Address.ToString(), Problem = state.Problem ?? "" });
var kernel = choice.Nft is null ? null : new NftPlane(choice.Nft, choice.Table, TimeProvider.System, loggers, OnState);
IServicePlane inner = kernel is null ? new ServiceProxy(TimeProvider.System, loggers.CreateLogger<ServiceProxy>(), OnState) : kernel;
var plane = new PeerCheckedPlane(inner, new ConnectProbe(TimeProvider.System), TimeProvider.System, loggers.CreateLogger<PeerCheckedPlane>());
output.Write(new HostAnswer { Done = 0 });

while (await Console.In.ReadLineAsync() is { } line)
{
    var order = JsonSerializer.Deserialize<HostOrder>(line)!;
    foreach (var work in order.Works)
        plane.Update(work.Uid, [.. work.Endpoints.Select(endpoint => endpoint.ToEndpoint(work.Uid))]);
    if (order.Open)
        plane.Open();
    _ = EndAsync(order);
}

// Without a reader any more, as an agent that stops in order.
await plane.DisposeAsync();
return 0;

async Task EndAsync(HostOrder order)
{
    if (order.Drain is { } pod)
        await plane.DrainAsync(pod, TimeSpan.FromSeconds(order.DrainSeconds), CancellationToken.None);
    else if (order.Settle && kernel is not null)
        await kernel.AppliedAsync(CancellationToken.None);
    output.Write(new HostAnswer { Done = order.Number });
}

namespace MemberCluster.Agent.PlaneHost
{
    internal sealed class Lines
    {
        private readonly Lock _lock = new();

        public void Write(HostAnswer answer)
        {
            lock (_lock)
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(answer));
                Console.Out.Flush();
            }
        }
    }
}
