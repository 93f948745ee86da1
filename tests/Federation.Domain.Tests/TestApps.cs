using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Domain.Tests;

/// <summary>Apps as the store has them: defaulted, with uid and revision.</summary>
internal static class TestApps
{
    public static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static App Web(int replicas = 6, string cpu = "100m", PlacementSpec? placement = null) => (App)Federation.Api.Kinds.App.Default(new App
    {
        Metadata = new ObjectMeta
        {
            Name = "web",
            Namespace = "shop",
            Uid = "uid-1",
            Generation = 1,
            ResourceVersion = "10",
            Finalizers = [Federation.Api.FinalizerNames.Works],
        },
        Spec = new AppSpec
        {
            Replicas = replicas,
            Template = new PodTemplate
            {
                Spec = new PodSpec
                {
                    Containers =
                    [
                        new ContainerSpec
                        {
                            Name = "web",
                            Image = "web:1",
                            Ports = [new ContainerPort { Name = "http", Port = 8080 }],
                            Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(cpu) } },
                        },
                    ],
                },
            },
            Placement = placement ?? new PlacementSpec(),
            Expose = [new ExposeSpec { Port = 80, TargetPort = "http" }, new ExposeSpec { Port = 9090 }],
        },
    });

    public static App WithShares(this App app, params ClusterShare[] shares) => app with { Status = app.Status with { Clusters = shares } };

    public static App Deleting(this App app) => app with { Metadata = app.Metadata with { DeletionTimestamp = Start } };
}
