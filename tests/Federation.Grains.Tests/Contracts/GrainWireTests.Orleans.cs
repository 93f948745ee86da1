using System.Text;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Grains.Clusters;
using Federation.Grains.Hosting;
using Federation.Grains.Objects;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Federation.Grains.Tests.Contracts;

/// <summary>What one silo writes, another one reads. The embedded engine passes references, so there is nothing to test there.</summary>
public sealed class GrainWireTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddFederationGrainContracts().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void PodDelta_CollectionsOfAnyLength_ArriveAsTheyWere(int count)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(number => $"pod-{number}")];
        var sent = new PodDelta
        {
            Cluster = "us-east-1",
            Sequence = 7,
            Activation = "a",
            Full = true,
            Pods = [.. names.Select(name => new Pod { Metadata = new ObjectMeta { Name = name, Namespace = "default" } })],
            Removed = [.. names.Select(name => new PodName("default", name))],
        };

        var arrived = Travel(sent);

        (arrived with { Pods = sent.Pods, Removed = sent.Removed }).ShouldBe(sent);
        arrived.Pods.Select(pod => pod.Metadata.Name).ShouldBe(names);
        arrived.Removed.ShouldBe(sent.Removed);
    }

    [Fact]
    public void PodDelta_OnePodNamed_Arrives()
    {
        var sent = new PodDelta { Cluster = "us-east-1", Sequence = 1, Activation = "a", Removed = [new PodName("default", "web")] };

        Travel(sent).Removed.ShouldBe([new PodName("default", "web")]);
    }

    [Fact]
    public void PodDelta_Nodes_ArriveAndAbsentOnesStayAbsent()
    {
        var sent = new PodDelta { Cluster = "us-east-1", Sequence = 1, Activation = "a", Nodes = [new Node { Metadata = new ObjectMeta { Name = "us-east-1.host" } }] };

        Travel(sent).Nodes!.ShouldHaveSingleItem().Metadata.Name.ShouldBe("us-east-1.host");
        Travel(sent with { Nodes = [] }).Nodes.ShouldNotBeNull().ShouldBeEmpty();
        Travel(sent with { Nodes = null }).Nodes.ShouldBeNull();
    }

    [Fact]
    public void UsageAndEviction_ArriveAsTheyWere()
    {
        var usage = new ClusterUsage
        {
            At = DateTimeOffset.UnixEpoch,
            WindowSeconds = 15,
            Pods = [new PodUsage { Namespace = "default", Name = "web", Containers = [new ContainerUsage { Name = "main", CpuMilli = 5, MemoryBytes = 7 }] }],
        };
        var eviction = new PodEviction { Namespace = "default", Name = "web", Uid = "u", GracePeriodSeconds = 3, RequestedAt = DateTimeOffset.UnixEpoch };

        Travel(usage).Pods.ShouldHaveSingleItem().Containers.ShouldBe(usage.Pods[0].Containers);
        Travel(eviction).ShouldBe(eviction);
    }

    [Fact]
    public void WriteResult_EverythingSet_ArrivesAsItWas()
    {
        var app = Sample.App(replicas: 3);
        var sent = new WriteResult { Object = app, Revision = 12, Created = true, Warnings = ["first", "second"], Removed = true };

        var arrived = Travel(sent);

        arrived.Warnings.ShouldBe(["first", "second"]);
        arrived.Object.ShouldBeOfType<Api.Apps.App>().Spec.Replicas.ShouldBe(3);
        (arrived.Revision, arrived.Created, arrived.Removed).ShouldBe((12, true, true));
    }

    [Fact]
    public void WriteResult_CollectionMadeInsideTheApi_IsNotTakenForARecordOfIt()
    {
        // What the compiler makes of a collection expression in Federation.Api is a type of that assembly, and no JSON type.
        var made = typeof(ObjectKey).Assembly.GetType("<>z__ReadOnlyArray`1", throwOnError: true)!.MakeGenericType(typeof(string));
        var warnings = (IReadOnlyList<string>)Activator.CreateInstance(made, [new[] { "first", "second" }])!;

        Travel(new WriteResult { Warnings = warnings }).Warnings.ShouldBe(["first", "second"]);
    }

    [Fact]
    public void WriteCommand_Body_ArrivesAsItWas()
    {
        var sent = new WriteCommand { Verb = WriteVerb.Patch, Body = Encoding.UTF8.GetBytes("{}"), Uid = "u", DryRun = true };

        var arrived = Travel(sent);

        arrived.Body.ToArray().ShouldBe("{}"u8.ToArray());
        (arrived with { Body = sent.Body }).ShouldBe(sent);
    }

    private T Travel<T>(T value)
    {
        var serializer = _services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(value))!;
    }
}
