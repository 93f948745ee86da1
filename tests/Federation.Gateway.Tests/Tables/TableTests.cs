using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Api.Quantities;
using Federation.Gateway.Tables;

namespace Federation.Gateway.Tests.Tables;

public sealed class TableTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(60);

    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(599, "9m59s")]
    [InlineData(600, "10m")]
    [InlineData(3 * 3600 - 1, "179m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData(3 * 3600 + 60, "3h1m")]
    [InlineData(8 * 3600 + 60, "8h")]
    [InlineData(48 * 3600, "2d")]
    [InlineData(49 * 3600, "2d1h")]
    [InlineData(8 * 86400, "8d")]
    [InlineData(2 * 365 * 86400 + 86400, "2y1d")]
    [InlineData(9 * 365 * 86400, "9y")]
    public void Format_Durations_AsKubectlPrintsThem(long seconds, string text) => HumanDuration.Format(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    [Fact]
    public void App_Row_CountsWhatIsWanted()
    {
        var app = new App
        {
            Metadata = new ObjectMeta { Name = "web", CreationTimestamp = Now - TimeSpan.FromMinutes(3) },
            Spec = new AppSpec { Replicas = 6, Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Image = "nginx" }] } } },
            Status = new AppStatus
            {
                Replicas = 4,
                ReadyReplicas = 3,
                Placement = new PlacementDecision { Unplaced = 2 },
                Clusters =
                [
                    new ClusterShare { Cluster = "b", Region = "us", Replicas = 3, Ready = 2 },
                    new ClusterShare { Cluster = "a", Region = "eu", Replicas = 1, Ready = 1 },
                    new ClusterShare { Cluster = "gone", Region = "ap", Phase = SharePhase.Away },
                ],
            },
        };

        Row(new AppColumns(), app).ShouldBe(["web", "3/6", "4", "eu,us", "3m", "b:2/3,a:1/1", "nginx", "2"]);
        Row(new AppColumns(), new App { Metadata = new ObjectMeta { Name = "new" } }).ShouldBe(["new", "0/1", "0", "<none>", "<unknown>", "<none>", "<none>", "0"]);
    }

    [Fact]
    public void Cluster_Row_ShowsUse()
    {
        var cluster = new Cluster
        {
            Metadata = new ObjectMeta { Name = "us-east", CreationTimestamp = Now - TimeSpan.FromSeconds(5) },
            Spec = new ClusterSpec { Region = "us", Zone = "us-1", Addresses = ["127.0.1.1", "::1"], Unschedulable = true },
            Status = new ClusterStatus
            {
                Conditions = [new Condition { Type = ClusterConditions.Ready, Status = ConditionStatus.True }],
                Capacity = Amounts(("cpu", "8"), ("memory", "16Gi"), ("pods", "110")),
                Allocated = Amounts(("cpu", "1200m"), ("memory", "192Mi"), ("pods", "6")),
                Nodes = 2,
            },
        };

        Row(new ClusterColumns(), cluster).ShouldBe(["us-east", "us", "us-1", "True,SchedulingDisabled", "127.0.1.1,::1", "6/110", "1200m/8", "192Mi/16Gi", "5s", "<none>", "<none>", "2"]);
        Row(new ClusterColumns(), new Cluster())[3].ShouldBe("Unknown");
    }

    [Theory]
    [InlineData("Running", null, null, null, "Running")]
    [InlineData("Pending", null, "ImagePullBackOff", null, "ImagePullBackOff")]
    [InlineData("Running", null, null, "Error", "Error")]
    [InlineData("Running", null, null, "", "ExitCode:3")]
    [InlineData("Unknown", "NodeLost", "CrashLoopBackOff", null, "NodeLost")]
    [InlineData("Failed", "Evicted", null, null, "Evicted")]
    public void Pod_Status_IsTheMostTellingReason(string phase, string? reason, string? waiting, string? terminated, string shown)
    {
        var state = new ContainerState
        {
            Waiting = waiting is null ? null : new ContainerStateWaiting { Reason = waiting },
            Terminated = terminated is null ? null : new ContainerStateTerminated { Reason = terminated, ExitCode = 3 },
        };
        var pod = new Pod
        {
            Metadata = new ObjectMeta { Name = "web-1", Labels = new Dictionary<string, string> { [PodLabels.Region] = "us", [PodLabels.Cluster] = "c" } },
            Spec = new PodSpec { Containers = [new ContainerSpec { Name = "a" }, new ContainerSpec { Name = "b" }] },
            Status = new PodStatus { Phase = phase, Reason = reason, PodIP = "10.0.0.1", ContainerStatuses = [new ContainerStatus { Ready = true, RestartCount = 2, State = state }] },
        };

        Row(new PodColumns(), pod)[..8].ShouldBe(["web-1", "1/2", shown, "2", "<unknown>", "us", "c", "10.0.0.1"]);
    }

    [Theory]
    [InlineData("PodInitializing", null, "Init:1/2")]
    [InlineData("CrashLoopBackOff", null, "Init:CrashLoopBackOff")]
    [InlineData(null, "Error", "Init:Error")]
    [InlineData(null, "", "Init:ExitCode:3")]
    public void Pod_InitContainersRun_StatusSaysHowFarTheyAre(string? waiting, string? terminated, string shown)
    {
        ContainerStatus[] init =
        [
            new() { State = new ContainerState { Terminated = new ContainerStateTerminated { Reason = "Completed" } } },
            new()
            {
                RestartCount = 4,
                State = new ContainerState
                {
                    Waiting = waiting is null ? null : new ContainerStateWaiting { Reason = waiting },
                    Terminated = terminated is null ? null : new ContainerStateTerminated { Reason = terminated, ExitCode = 3 },
                },
            },
        ];
        var pod = new Pod
        {
            Metadata = new ObjectMeta { Name = "web-1" },
            Spec = new PodSpec { Containers = [new ContainerSpec { Name = "a" }] },
            Status = new PodStatus { InitContainerStatuses = init, ContainerStatuses = [new ContainerStatus { State = new ContainerState { Waiting = new ContainerStateWaiting { Reason = "PodInitializing" } } }] },
        };

        Row(new PodColumns(), pod)[..4].ShouldBe(["web-1", "0/1", shown, "4"]);
        var initialized = pod.Status with { Conditions = [new Condition { Type = PodConditions.Initialized, Status = ConditionStatus.True }] };
        Row(new PodColumns(), pod with { Status = initialized })[..4].ShouldBe(["web-1", "0/1", "PodInitializing", "0"]);
    }

    [Fact]
    public void Event_Row_NamesTheObject()
    {
        var happened = new Event
        {
            Metadata = new ObjectMeta { Name = "e" },
            Type = "Warning",
            Reason = "Failed",
            Message = " it failed\n",
            InvolvedObject = new ObjectReference { Kind = "App", Name = "web" },
            LastTimestamp = Now - TimeSpan.FromSeconds(9),
            Source = new EventSource { Component = "agent", Host = "us-east" },
            Count = 4,
        };

        Row(new EventColumns(), happened).ShouldBe(["9s", "Warning", "Failed", "app/web", "it failed", "agent, us-east", "<unknown>", "4", "e"]);
    }

    private static List<string> Row(ITableColumns table, Resource resource) => [.. table.Columns.Select(column => $"{column.Read(resource, Now)}")];

    private static Dictionary<string, Quantity> Amounts(params (string Name, string Amount)[] amounts) => amounts.ToDictionary(entry => entry.Name, entry => Quantity.Parse(entry.Amount));
}
