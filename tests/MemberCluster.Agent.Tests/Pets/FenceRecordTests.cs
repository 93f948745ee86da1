using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Pets.Watching;

namespace MemberCluster.Agent.Tests.Pets;

public sealed class FenceRecordTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fence");

    private static FenceRecord Record => new()
    {
        Agent = 17,
        AgentStarted = 4711,
        Deadline = 123_456_789_012,
        Engine = "unix:///var/run/docker.sock",
        Label = "federation.cluster=eu-west",
        Pets = [new FencedContainer("c1", 100, 5, "db-0"), new FencedContainer("c2", 0, 0, "db-1")],
        Exempt = ["c3"],
    };

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Parse_WhatWasWritten_IsTheSame() => FenceRecord.Parse(Record.ToText("boot"), "boot").ShouldBe(Record);

    [Theory]
    [InlineData("another boot")]
    [InlineData("")]
    public void Parse_OfAnotherBoot_SaysNothing(string boot) => FenceRecord.Parse(Record.ToText("boot"), boot).ShouldBeNull();

    [Fact]
    public void Parse_Garbage_SaysNothing() => FenceRecord.Parse("pet c1\n\0deadline x", "boot").ShouldBeNull();

    [Fact]
    public void Files_NewsAreTakenOnce()
    {
        var files = new FenceFiles(_directory.FullName);
        files.TakeNews().ShouldBeEmpty();
        files.AddNews("one");
        files.AddNews("two");
        files.TakeNews().ShouldBe(["one", "two"]);
        files.TakeNews().ShouldBeEmpty();
        files.Write(Record);
        files.Read().ShouldBe(Record);
    }

    [Fact]
    public void Epochs_LowerOnesAreRefusedAlsoAfterARestart()
    {
        var epochs = new EpochKeep(_directory.FullName);
        epochs.Begin("uid", 0, 5).ShouldBeTrue();
        epochs.Begin("uid", 0, 5).ShouldBeTrue();
        epochs.Begin("uid", 1, 2).ShouldBeTrue();
        epochs.Begin("uid", 0, 4).ShouldBeFalse();
        epochs.Begin("other", 0, 1).ShouldBeTrue();

        var next = new EpochKeep(_directory.FullName);
        next.Begin("uid", 0, 4).ShouldBeFalse();
        next.Of("uid").ShouldBe(new Dictionary<int, long> { [0] = 5, [1] = 2 }, ignoreOrder: true);
        next.Forget("uid");
        new EpochKeep(_directory.FullName).Of("uid").ShouldBeEmpty();
    }

    [Fact]
    public void Epochs_CannotBeStored_Throws()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "epochs"), "in the way");
        Should.Throw<IOException>(() => new EpochKeep(_directory.FullName).Begin("uid", 0, 1));
    }
}
