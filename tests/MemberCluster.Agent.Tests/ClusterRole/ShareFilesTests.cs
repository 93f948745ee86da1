using Federation.Api.Clusters;
using Federation.Domain.Scheduling.Nodes;
using MemberCluster.Agent.ClusterRole.Shares;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.ClusterRole;

public sealed class ShareFilesTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("share-files");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public void Load_WhatWasSaved_IsTheSame()
    {
        var files = New();
        files.Load();
        var shares = new WorkShares
        {
            Uid = "uid-web",
            Kind = "App",
            Namespace = "default",
            Name = "web",
            Nodes =
            [
                new NodeShare { Node = "c.n1", Replicas = 2, Since = DateTimeOffset.UnixEpoch, Evicted = ["pod-uid"] },
                new NodeShare { Node = "c.n2", Phase = NodeSharePhase.Withdrawing, WithdrawnAfter = 7, Since = DateTimeOffset.UnixEpoch, Indexes = "0-4" },
            ],
            Failures = [new NodeFailure("c.n3", DateTimeOffset.UnixEpoch, "DiskFull")],
            Claimed = 12,
            ClaimedTemplate = "hash",
        };
        files.Save(shares);
        files.Save(shares with { Uid = "../another" });
        files.SaveWishes([new NodeSettings { Name = "n1", Drain = true }]);

        var (loaded, wishes) = New().Load();

        loaded.OrderByDescending(work => work.Uid).ShouldBe([shares, shares with { Uid = "../another" }]);
        wishes.Single().ShouldSatisfyAllConditions(wish => wish.Name.ShouldBe("n1"), wish => wish.Drain.ShouldBe(true));
        Directory.GetFiles(_data.FullName, "*another*", SearchOption.AllDirectories).ShouldBeEmpty("a uid is no path");
        files.Remove("uid-web");
        New().Load().Shares.ShouldHaveSingleItem().Uid.ShouldBe("../another");
    }

    [Fact]
    public void Save_DirectoryIsAway_IsSaidAndStoredLater()
    {
        var files = New();
        files.Load();
        var (directory, aside) = (Path.Combine(_data.FullName, "shares"), Path.Combine(_data.FullName, "aside"));
        Directory.Move(directory, aside);

        files.Save(new WorkShares { Uid = "uid-web" });

        files.Problem.ShouldNotBeNull();
        Directory.Move(aside, directory);
        files.Retry();
        files.Problem.ShouldBeNull();
        New().Load().Shares.ShouldHaveSingleItem().Uid.ShouldBe("uid-web");
    }

    [Fact]
    public void Load_FileCannotBeRead_IsSetAside()
    {
        var files = New();
        files.Load();
        files.Save(new WorkShares { Uid = "uid-web" });
        File.WriteAllText(Path.Combine(_data.FullName, "shares", "uid-web.json"), "{");

        New().Load().Shares.ShouldBeEmpty();

        File.Exists(Path.Combine(_data.FullName, "shares", "uid-web.json.unreadable")).ShouldBeTrue();
    }

    [Fact]
    public void Marks_OnceSet_OutliveTheAgentUntilSomethingIsLost()
    {
        var files = New();
        files.Load();
        (files.MayHaveForgotten, files.AreAllHeard).ShouldBe((true, false));
        files.Save(new WorkShares { Uid = "uid-web" });
        files.Complete();
        files.HearAll();

        var next = New();
        next.Load();
        (next.MayHaveForgotten, next.AreAllHeard).ShouldBe((false, true));

        File.WriteAllText(Path.Combine(_data.FullName, "shares", "uid-web.json"), "{");
        next = New();
        next.Load();
        (next.MayHaveForgotten, next.AreAllHeard).ShouldBe((true, false), "who has lost one share may have lost others");
    }

    [Fact]
    public void HearAll_DirectoryIsAway_IsTrueNowAndStoredLater()
    {
        var files = New();
        files.Load();
        var (directory, aside) = (_data.FullName, $"{_data.FullName}-aside");
        Directory.Move(directory, aside);
        files.HearAll();
        (files.AreAllHeard, files.Problem is null).ShouldBe((true, false));
        Directory.Move(aside, directory);
        files.Retry();
        var next = New();
        next.Load();
        next.AreAllHeard.ShouldBeTrue();
    }

    private ShareFiles New() => new(_data.FullName, NullLogger<ShareFiles>.Instance);
}
