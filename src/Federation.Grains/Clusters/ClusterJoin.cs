using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Grains.Objects;

namespace Federation.Grains.Clusters;

/// <summary>Turns a registration into a write of the Cluster. Where the cluster is comes from its agent; what people may set, they keep.</summary>
internal static class ClusterJoin
{
    public static WriteCommand Create(JoinRequest request) => new()
    {
        Verb = WriteVerb.Create,
        Body = ApiJson.Write(Located(new Cluster { Metadata = new ObjectMeta { Name = request.Cluster, Labels = request.Labels } }, request)),
        Actor = ActorOf(request),
    };

    public static WriteCommand Update(Cluster current, JoinRequest request)
    {
        var labels = new Dictionary<string, string>(request.Labels);
        foreach (var (key, value) in current.Metadata.Labels)
            labels[key] = value;
        var located = Located(current with { Metadata = current.Metadata with { Labels = labels } }, request);
        return new WriteCommand { Verb = WriteVerb.Replace, Body = ApiJson.Write(located), Actor = ActorOf(request) };
    }

    private static Cluster Located(Cluster cluster, JoinRequest request) => cluster with
    {
        Spec = cluster.Spec with { Region = request.Region, Zone = request.Zone, Provider = request.Provider ?? cluster.Spec.Provider, Addresses = request.Addresses },
    };

    private static string ActorOf(JoinRequest request) => $"agent:{request.Cluster}";
}
