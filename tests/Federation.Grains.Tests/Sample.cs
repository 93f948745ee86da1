using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Grains.Tests;

internal static class Sample
{
    public static ObjectKey Key { get; } = new(Api.Apps.App.KindName, "default", "web");

    public static App App(int replicas) => App("web", replicas);

    public static App App(string name, int replicas) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new AppSpec
        {
            Replicas = replicas,
            Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "web", Image = "nginx:1" }] } },
        },
    };

    public static IReadOnlyDictionary<string, Quantity> Pods(int count) => new Dictionary<string, Quantity> { ["pods"] = Quantity.FromValue(count) };
}
