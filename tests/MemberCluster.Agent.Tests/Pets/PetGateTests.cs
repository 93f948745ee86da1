using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Agents;
using Federation.TestKit.Time;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Pets.Watching;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Pets;

/// <summary>The last look before a pet's container is made or started: what was planned may not hold any more.</summary>
public sealed class PetGateTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gate");
    private readonly FakeEngine _engine;
    private readonly FakeWatchdog _watchdog;
    private readonly Permission _permission;
    private readonly FenceGuard _guard;
    private readonly PetGate _gate;
    private WorkBook _book = WorkBook.Empty;

    public PetGateTests()
    {
        _engine = new FakeEngine(_time);
        _engine.AddImage(TestWorks.Image);
        _watchdog = new FakeWatchdog(_engine, _time);
        _permission = new Permission(_time);
        _guard = new FenceGuard(_permission, _watchdog, needsWatchdog: true, () => _book.Position, new FenceRecord(), _time, _time, NullLogger<FenceGuard>.Instance);
        _gate = new PetGate(_guard, new EpochKeep(_directory.FullName), () => _book, _engine.Connect().Containers);
        Hold(PetMachine.Pet(0));
        Permit();
        _guard.Renew();
    }

    public void Dispose()
    {
        _guard.Dispose();
        _watchdog.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Before_AskedForAndPermitted_MayStartAndIsGuarded()
    {
        await _gate.BeforeCreateAsync(Pod(), CancellationToken.None);
        _gate.BeforeStart(Pod(), "container");
        _watchdog.Read()!.Pets.ShouldHaveSingleItem().ShouldBe(new FencedContainer("container", 0, 0, "db-0"));
        _watchdog.Read()!.Deadline.ShouldBe(_time.GetTimestamp() + TimeSpan.FromSeconds(10).Ticks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BeforeCreate_ContainerOfAnotherPodIsThere_Waits(bool isSamePod)
    {
        var uid = isSamePod ? "pod" : "another";
        var labels = ImmutableDictionary<string, string>.Empty.Add(PodLabels.Uid, "uid-db").Add(PodLabels.Ordinal, "0").Add(PodLabels.PodUid, uid);
        await _engine.Connect().Containers.CreateAsync(new ContainerSpec { Name = "left", Image = TestWorks.Image, Labels = labels }, CancellationToken.None);
        (await ReasonAsync(() => _gate.BeforeCreateAsync(Pod(), CancellationToken.None))).ShouldBe(isSamePod ? null : "PetNotGone");
    }

    [Fact]
    public async Task Before_NotAskedForAnyMore_Waits()
    {
        Hold(PetMachine.Pet(1));
        (await ReasonAsync(() => _gate.BeforeCreateAsync(Pod(), CancellationToken.None))).ShouldBe("PetNotAsked");
        Reason(() => _gate.BeforeStart(Pod(), "container")).ShouldBe("PetNotAsked");
        Hold(PetMachine.Pet(0, epoch: 2));
        Reason(() => _gate.BeforeStart(Pod(), "container")).ShouldBe("PetNotAsked");
    }

    [Fact]
    public void BeforeStart_PermissionIsOverMeanwhile_Waits()
    {
        _time.Advance(TimeSpan.FromSeconds(9));
        Reason(() => _gate.BeforeStart(Pod(), "container")).ShouldBe("Fenced");
        (_watchdog.Read()?.Pets ?? []).ShouldBeEmpty();
        Permit();
        Reason(() => _gate.BeforeStart(Pod(), "container")).ShouldBeNull();
    }

    [Fact]
    public void BeforeStart_PermissionOfAPositionNotReached_Waits()
    {
        _time.Advance(TimeSpan.FromSeconds(9));
        _permission.Take(_time.GetTimestamp(), new ReportAnswer { FenceSeconds = 10, FenceFrom = 99, FenceStore = "store" });
        Reason(() => _gate.BeforeStart(Pod(), "container")).ShouldBe("Fenced");
    }

    [Fact]
    public void BeforeStart_HigherEpochHasRun_Waits()
    {
        Hold(PetMachine.Pet(0, epoch: 3));
        _gate.BeforeStart(Pod() with { Epoch = 3 }, "container");
        Hold(PetMachine.Pet(0, epoch: 2));
        Reason(() => _gate.BeforeStart(Pod() with { Epoch = 2 }, "container")).ShouldBe("EpochPassed");
    }

    [Fact]
    public void BeforeStart_WatchdogCannotBeTold_Waits()
    {
        _watchdog.IsFull = true;
        Reason(() => _gate.BeforeStart(Pod(), "container")).ShouldBe("WatchdogMissing");
    }

    [Fact]
    public void BeforeStart_NoPet_PassesWhateverHolds()
    {
        _book = WorkBook.Empty;
        _time.Advance(TimeSpan.FromSeconds(20));
        Reason(() => _gate.BeforeStart(Pod() with { Epoch = null }, "container")).ShouldBeNull();
    }

    [Fact]
    public void View_SamePermissionPassedOnAgain_KeepsItsLength()
    {
        for (var i = 0; i < 8; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _permission.Take(_time.GetTimestamp(), new ReportAnswer { FenceSeconds = 9 - i + 0.01, FenceFrom = 1, FenceStore = "store" });
            _guard.Renew();
            _guard.View.Length.ShouldBe(TimeSpan.FromSeconds(10), "half of what is left would never be reached");
        }
    }

    private void Permit() => _permission.Take(_time.GetTimestamp(), new ReportAnswer { FenceSeconds = 10, FenceFrom = 1, FenceStore = "store" });

    private void Hold(params WorkPet[] pets) => _book = WorkBook.Empty
        .Apply(new WorkEvent { Type = WorkEventType.Snapshot, Store = "store", Revision = 1 })
        .Apply(new WorkEvent { Type = WorkEventType.Work, Store = "store", Revision = 1, Work = PetMachine.Pets(pets) })
        .Apply(new WorkEvent { Type = WorkEventType.Bookmark, Store = "store", Revision = 1 });

    private static PodIdentity Pod() => new()
    {
        Name = "db-0",
        Uid = "pod",
        WorkUid = "uid-db",
        Kind = "PetSet",
        Namespace = "default",
        Owner = "db",
        TemplateHash = "hash-1",
        Revision = 1,
        Ordinal = 0,
        Epoch = 1,
        IsFenced = true,
        Grace = TimeSpan.FromSeconds(2),
    };

    private static string? Reason(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (RuntimeException exception)
        {
            exception.Failure.ShouldBe(RuntimeFailure.Waiting);
            return exception.Reason;
        }
    }

    private static async Task<string?> ReasonAsync(Func<Task> action)
    {
        try
        {
            await action();
            return null;
        }
        catch (RuntimeException exception)
        {
            return exception.Reason;
        }
    }
}
