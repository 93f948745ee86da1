using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Tests.Pets;

/// <summary>PetSets as the store has them, and clusters for them.</summary>
internal static class TestPets
{
    public static PetSet Db(int replicas = 3, Func<PetSetSpec, PetSetSpec>? change = null)
    {
        var spec = new PetSetSpec
        {
            Replicas = replicas,
            Template = Template("db:1"),
            Expose = [new PetExposeSpec { Name = "client", Port = 2379, TargetPort = "client" }, new PetExposeSpec { Name = "peer", Port = 2400, TargetPort = 2380, PerPet = true }],
        };
        return (PetSet)Kinds.PetSet.Default(new PetSet
        {
            Metadata = new ObjectMeta { Name = "db", Namespace = "shop", Uid = "uid-1", Generation = 1, ResourceVersion = "10", Finalizers = [FinalizerNames.Works] },
            Spec = change?.Invoke(spec) ?? spec,
        });
    }

    public static PodTemplate Template(string image) => new()
    {
        Spec = new PodSpec
        {
            Containers =
            [
                new ContainerSpec
                {
                    Name = "db",
                    Image = image,
                    Ports = [new ContainerPort { Name = "client", Port = 2379 }],
                    Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("100m") } },
                },
            ],
        },
    };

    public static ClusterSnapshot Cluster(string name, string region, bool isReady = true, DateTimeOffset? since = null, long pods = 100) => new()
    {
        Name = name,
        Region = region,
        Ready = isReady ? ConditionStatus.True : ConditionStatus.Unknown,
        NotReadySince = isReady ? null : since ?? TestApps.Start,
        Free = new ResourceAmounts(ResourceAmounts.Unlimited, ResourceAmounts.Unlimited, pods),
    };
}
