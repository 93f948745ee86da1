using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
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

    public static Daemon Daemon(string name, DaemonPlacement? placement = null) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new DaemonSpec { Template = Template(null), Placement = placement ?? new DaemonPlacement() },
    };

    public static Job Job(string name, int completions = 1, int parallelism = 1) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new JobSpec { Completions = completions, Parallelism = parallelism, Template = Template("Never") },
    };

    private static PodTemplate Template(string? restartPolicy) =>
        new() { Spec = new PodSpec { Containers = [new ContainerSpec { Name = "main", Image = "busybox:1" }], RestartPolicy = restartPolicy } };

    public static IReadOnlyDictionary<string, Quantity> Pods(int count) => new Dictionary<string, Quantity> { ["pods"] = Quantity.FromValue(count) };
}
