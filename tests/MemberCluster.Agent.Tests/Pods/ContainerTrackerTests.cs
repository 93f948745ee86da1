using System.Collections.Immutable;
using Federation.Api;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Tests.Pods;

public sealed class ContainerTrackerTests
{
    private const string Uid = "uid-web";
    private readonly PodBook _book = new();
    private readonly ContainerTracker _containers;

    public ContainerTrackerTests()
    {
        var time = TimeProvider.System;
        _containers = new ContainerTracker(_book, new AgentEvents(new ReportContents(), () => { }, "us-east", time), new Ticks(), new SteadyClock(time));
    }

    [Fact]
    public void LearnAll_First_WhatRunsIsTakenToServe()
    {
        Learn(isFirst: true);
        Observed().Readiness.ShouldBe(Readiness.Assumed);
    }

    /// <summary>A listing overtakes the step that makes the container: its hook may not have run yet.</summary>
    [Fact]
    public void LearnAll_WhileItsStepIsUnderWay_DoesNotRunYet()
    {
        var container = Running("hash-1");
        var pod = new PodState(PodLabelling.Read(container.Labels)!) { Step = new PodStep(new PodAction.Run("web-0", "main", 0, 0, null), new CancellationTokenSource(), Task.CompletedTask) };
        _book.Open(Uid).Pods["web-0"] = pod;
        _containers.LearnAll([container], since: 1, isFirst: false);
        _book.Uids[Uid].Observe().ShouldHaveSingleItem().Containers.ShouldBeEmpty();

        pod.Step = null;
        _containers.LearnAll([container], since: 2, isFirst: false);
        _book.Uids[Uid].Observe().ShouldHaveSingleItem().IsRunning.ShouldBeTrue();
    }

    /// <summary>What a step left that failed is found later: nobody has asked its probe yet.</summary>
    [Fact]
    public void LearnAll_Later_WhatIsNewServesOnlyOnceItsProbeSaysSo()
    {
        Learn(isFirst: false);
        Observed().Readiness.ShouldBe(Readiness.NotReady);
    }

    private void Learn(bool isFirst)
    {
        var work = TestWorks.Web(1, readiness: TestWorks.HttpProbe());
        var held = new HeldWork { Work = work };
        _book.Open(Uid).Hold(held);
        _containers.LearnAll([Running(work.TemplateHash)], since: 1, isFirst);
    }

    private ObservedContainer Observed() => _book.Uids[Uid].Observe().ShouldHaveSingleItem().Latest.ShouldHaveSingleItem();

    private static Container Running(string hash) => new()
    {
        Id = "c1",
        Name = "web-0.main.1",
        Image = TestWorks.Image,
        ImageId = "sha256:1",
        State = ContainerState.Running,
        CreatedAt = TimeProvider.System.GetUtcNow(),
        StartedAt = TimeProvider.System.GetUtcNow(),
        Labels = ImmutableDictionary.CreateRange<string, string>(
        [
            new(PodLabels.Uid, Uid), new(PodLabels.Pod, "web-0"), new(PodLabels.Container, "main"), new(PodLabels.TemplateHash, hash), new(AgentLabels.Containers, "1"),
        ]),
    };
}
