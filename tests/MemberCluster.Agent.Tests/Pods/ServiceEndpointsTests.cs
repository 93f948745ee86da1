using System.Collections.Immutable;
using System.Net;
using Federation.Api.Agents;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Pods;

/// <summary>Where exposed ports lead: all ready pods, or one pet.</summary>
public sealed class ServiceEndpointsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ImmutableArray<IPAddress> Listen = [IPAddress.Parse("10.0.0.1")];
    private static readonly Work Work = PetMachine.Pets(PetMachine.Pet(0), PetMachine.Pet(1)) with
    {
        Expose =
        [
            new WorkPort { Name = "client", Port = 2379, TargetPort = 79 },
            new WorkPort { Name = "peer", Port = 2380, TargetPort = 80, Ordinal = 0 },
            new WorkPort { Name = "peer", Port = 2381, TargetPort = 80, Ordinal = 1 },
            new WorkPort { Name = "peer", Port = 2382, TargetPort = 80, Ordinal = 2 },
        ],
    };

    [Fact]
    public void Of_PetThatRunsAndIsNotReady_ItsOwnPortLeadsToItAndTheCommonOneDoesNot()
    {
        Text(Pod(1, Readiness.NotReady)).ShouldBe("2379: | 2380: | 2381:db-1@172.17.0.3:80 | 2382:");
        Text(Pod(1)).ShouldBe("2379:db-1@172.17.0.3:79 | 2380: | 2381:db-1@172.17.0.3:80 | 2382:");
    }

    [Fact]
    public void Of_PetsHereAndElsewhere_EachPortLeadsToOnePet()
    {
        var elsewhere = new WorkEndpoints
        {
            WorkUid = Work.Uid,
            Ports = Work.Expose,
            Peers = [new WorkPeer { Node = "n2", Address = "10.0.0.2", ReadyPods = 3, Pets = "0,2" }, new WorkPeer { Node = "n3", Address = "10.0.0.3", Pets = "5" }],
        };
        Text(elsewhere, Pod(1)).ShouldBe("2379:db-1@172.17.0.3:79 n2x3 | 2380:n2x1 | 2381:db-1@172.17.0.3:80 | 2382:n2x1");
        var passesOn = ServiceEndpoints.Of("uid-db", null, elsewhere, [], Listen);
        passesOn.Select(endpoint => (endpoint.Listen.Port, endpoint.Ordinal, endpoint.Peers.Length)).ShouldBe([(2379, null, 1), (2380, 0, 1), (2381, 1, 0), (2382, 2, 1)]);
    }

    [Fact]
    public void Of_PetThatStops_OnlyItsOwnPortIsStillLeavingThere()
    {
        var endpoints = ServiceEndpoints.Of("uid-db", Work, null, [Pod(0) with { IsStopping = true }, Pod(1)], Listen);
        endpoints.Select(endpoint => (endpoint.Listen.Port, endpoint.Backends.Length, endpoint.Leaving.Length)).ShouldBe([(2379, 1, 1), (2380, 0, 1), (2381, 1, 0), (2382, 0, 0)]);
    }

    [Fact]
    public void Of_PetThatDoesNotRun_NobodyIsLedToIt() => Text(Pod(1, state: ContainerState.Exited)).ShouldBe("2379: | 2380: | 2381: | 2382:");

    private static string Text(params ObservedPod[] pods) => Text(null, pods);

    private static string Text(WorkEndpoints? elsewhere, params ObservedPod[] pods) => string.Join(" | ", ServiceEndpoints.Of("uid-db", Work, elsewhere, [.. pods], Listen).Select(endpoint =>
        $"{endpoint.Listen.Port}:{string.Join(' ', endpoint.Backends.Select(backend => $"{backend.Pod}@{backend.Address}").Concat(endpoint.Peers.Select(peer => $"{peer.Node}x{peer.Weight}")))}"));

    private static ObservedPod Pod(int ordinal, Readiness readiness = Readiness.Ready, ContainerState state = ContainerState.Running) => ObservedPod.Create(
        new PodIdentity
        {
            Name = $"db-{ordinal}",
            Uid = $"pod-{ordinal}",
            WorkUid = "uid-db",
            Kind = "PetSet",
            Namespace = "default",
            Owner = "db",
            TemplateHash = "hash-1",
            Revision = 1,
            Ordinal = ordinal,
            Grace = TimeSpan.FromSeconds(30),
        },
        [new ObservedContainer { Id = $"c{ordinal}", Slot = "main", State = state, CreatedAt = Now, StartedAt = Now, Readiness = readiness, IpAddress = $"172.17.0.{ordinal + 2}" }]);
}
