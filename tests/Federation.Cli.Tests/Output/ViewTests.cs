using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Quantities;
using Federation.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Federation.Cli.Tests.Output;

public sealed class ViewTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Clusters_OneReadyOneLost_ShowsBothAndWhy()
    {
        var text = Render(StatusView.Clusters([Cluster("a", ConditionStatus.True, "LeaseHeld"), Cluster("b", ConditionStatus.Unknown, "LeaseExpired")], Now));
        Row(text, "region-a").ShouldContain("True");
        Row(text, "region-a").ShouldContain("0.5/2");
        Row(text, "region-b").ShouldContain("Unknown");
        Row(text, "region-b").ShouldContain("LeaseExpired");
    }

    [Fact]
    public void Apps_ShareAwayAndBadImage_ShowsThePhaseAndTheReason()
    {
        var app = new App
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
            Status = new AppStatus
            {
                Replicas = 4,
                ReadyReplicas = 3,
                Clusters =
                [
                    new ClusterShare { Cluster = "a", Replicas = 4, Ready = 3, Reason = "ImagePullFailed", Message = "no such tag" },
                    new ClusterShare { Cluster = "b", Phase = SharePhase.Away },
                ],
            },
        };
        var row = Row(Render(StatusView.Apps([app], [Cluster("a", ConditionStatus.True, ""), Cluster("b", ConditionStatus.Unknown, "")])), "web");
        foreach (var part in (string[])["shop", "3/4", "away", "a: ImagePullFailed"])
            row.ShouldContain(part);
    }

    [Fact]
    public void Placement_RefusalsHintsAndFailover_AreAllTold()
    {
        using var output = new StringWriter();
        var console = Plain(output);
        var app = new App
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
            Status = new AppStatus
            {
                Placement = new PlacementDecision
                {
                    Unplaced = 2,
                    Refused = [new PlacementRefusal { Filter = "Capacity", Reason = "200m cpu is missing", Clusters = ["a", "b"], Count = 5 }],
                    Hints = ["2 more replicas would fit if a had 400m more cpu"],
                    Failover = new FailoverReceipt { Clusters = ["c"], Replicas = 3, DetectedAt = Now, DecidedAt = Now.AddSeconds(10), RestoredAt = Now.AddSeconds(12) },
                },
            },
        };
        PlacementView.Write(console, app, Now);
        var text = output.ToString();
        text.ShouldContain("Capacity: 200m cpu is missing (a, b and 3 more)");
        text.ShouldContain("2 more replicas would fit");
        text.ShouldContain("2 replicas found no cluster");
        text.ShouldContain("moved after 10.0 s, ready elsewhere after 12.0 s");
    }

    private static Cluster Cluster(string name, ConditionStatus ready, string reason) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new ClusterSpec { Region = $"region-{name}", Addresses = ["192.0.2.1"] },
        Status = new ClusterStatus
        {
            Conditions = [new Condition { Type = ClusterConditions.Ready, Status = ready, Reason = reason, LastTransitionTime = Now }],
            Capacity = new Dictionary<string, Quantity> { ["cpu"] = Quantity.FromValue(2) },
            Allocated = new Dictionary<string, Quantity> { ["cpu"] = Quantity.FromMilli(500) },
        },
    };

    private static string Render(IRenderable renderable)
    {
        using var output = new StringWriter();
        Plain(output).Write(renderable);
        return output.ToString();
    }

    private static string Row(string text, string word) => text.Split('\n').Single(line => line.Contains(word, StringComparison.Ordinal));

    private static IAnsiConsole Plain(StringWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 400;
        return console;
    }
}
