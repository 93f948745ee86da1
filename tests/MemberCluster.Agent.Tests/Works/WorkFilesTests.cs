using Federation.Api.Agents;
using MemberCluster.Agent.Tests.Support;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Works;

public sealed class WorkFilesTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("agent-files");

    private string WorksDirectory => Path.Combine(_data.FullName, "works");

    public void Dispose()
    {
        _data.Delete(recursive: true);
        _runtime.Dispose();
    }

    private readonly MemoryDirectory _runtime = new();

    private WorkFiles Files() => new(_data.FullName, new SecretKeep(_runtime.Open(), NullLogger.Instance), NullLogger<WorkFiles>.Instance);

    private static WorkBook BookOf(params WorkEvent[] changes) => changes.Aggregate(WorkBook.Empty, (book, change) => book.Apply(change));

    private static WorkBook ThreeWorks() => BookOf(
        new WorkEvent { Type = WorkEventType.Snapshot, Store = "s1" },
        new WorkEvent { Type = WorkEventType.Work, Revision = 4, Work = TestWorks.Web(2, "uid-a", readiness: TestWorks.HttpProbe()) with { Revision = 4, Expose = [new WorkPort { Name = "http", Port = 80, TargetPort = 8080 }] } },
        new WorkEvent { Type = WorkEventType.Work, Revision = 5, Work = TestWorks.Web(2, "uid-b") with { Revision = 5 } },
        new WorkEvent { Type = WorkEventType.Tombstone, Revision = 6, Tombstone = new Tombstone { Uid = "uid-c", Revision = 6, Name = "c" } },
        new WorkEvent { Type = WorkEventType.Bookmark, Revision = 6 },
        new WorkEvent { Type = WorkEventType.Snapshot },
        new WorkEvent { Type = WorkEventType.Work, Revision = 4, Work = TestWorks.Web(2, "uid-a") with { Revision = 4 } },
        new WorkEvent { Type = WorkEventType.Bookmark, Revision = 9 });

    [Fact]
    public void Load_WhatWasSaved_ComesBack()
    {
        Files().Load().Position.ShouldBe(StreamPosition.Start);
        var book = ThreeWorks();
        Files().Save(WorkBook.Empty, book);
        var loaded = Files().Load();

        loaded.Position.ShouldBe(new StreamPosition("s1", 9));
        loaded.Held.Keys.Order().ShouldBe(["uid-a", "uid-b", "uid-c"]);
        loaded.Held["uid-a"].Work!.Replicas.ShouldBe(2);
        loaded.Held["uid-a"].Work!.Template.Spec.Containers.Single().Image.ShouldBe(TestWorks.Image);
        (loaded.Held["uid-a"].IsOrphan, loaded.Held["uid-b"].IsOrphan).ShouldBe((false, true));
        loaded.Held["uid-a"].Store.ShouldBe("s1");
        loaded.Held["uid-c"].Tombstone!.Name.ShouldBe("c");
    }

    [Fact]
    public void Save_Secrets_AreOnNoDiskAndComeBackFromMemory()
    {
        Files().Load();
        var book = BookOf(
            new WorkEvent { Type = WorkEventType.Snapshot, Store = "s1" },
            new WorkEvent { Type = WorkEventType.Work, Revision = 4, Work = TestWorks.Web(1, "uid-a").WithData(TestWorks.SecretOf("db", ("password", "s3cret")), TestWorks.MapOf("settings", ("color", "blue"))) },
            new WorkEvent { Type = WorkEventType.Bookmark, Revision = 9 });

        Files().Save(WorkBook.Empty, book);

        foreach (var path in Directory.EnumerateFiles(_data.FullName, "*", SearchOption.AllDirectories))
        {
            File.ReadAllText(path).ShouldNotContain("s3cret");
            File.ReadAllText(path).ShouldNotContain(Convert.ToBase64String("s3cret"u8));
        }

        var loaded = Files().Load();
        loaded.Position.Revision.ShouldBe(9);
        loaded.Held["uid-a"].Work!.Data.Select(data => (data.Kind, data.Name, data.Values.Count)).ShouldBe([("Secret", "db", 1), ("ConfigMap", "settings", 1)]);
        loaded.Held["uid-a"].Work!.Data[0].Values["password"].ShouldBe(Convert.ToBase64String("s3cret"u8));
    }

    [Fact]
    public void Load_SecretsLostWithTheMachine_AsksForASnapshotAndLacksThemUntilThen()
    {
        Files().Load();
        var book = BookOf(
            new WorkEvent { Type = WorkEventType.Snapshot, Store = "s1" },
            new WorkEvent { Type = WorkEventType.Work, Revision = 4, Work = TestWorks.Web(1, "uid-a").WithData(TestWorks.SecretOf("db", ("password", "s3cret"))) },
            new WorkEvent { Type = WorkEventType.Bookmark, Revision = 9 });
        Files().Save(WorkBook.Empty, book);

        _runtime.Lose();
        var loaded = Files().Load();

        loaded.Position.ShouldBe(StreamPosition.Start);
        loaded.Held["uid-a"].Work!.Data.ShouldBeEmpty();
    }

    [Fact]
    public void Save_WorkGoneOrWithoutSecrets_LeavesNoneInMemory()
    {
        Files().Load();
        var secret = TestWorks.Web(1, "uid-a").WithData(TestWorks.SecretOf("db", ("password", "s3cret")));
        var book = BookOf(new WorkEvent { Type = WorkEventType.Work, Work = secret });
        Files().Save(WorkBook.Empty, book);
        _runtime.Files.ShouldHaveSingleItem();

        Files().Save(book, book.Apply(new WorkEvent { Type = WorkEventType.Tombstone, Tombstone = new Tombstone { Uid = "uid-a", Revision = 2 } }));

        _runtime.Files.ShouldBeEmpty();
    }

    [Fact]
    public void Save_Forgotten_RemovesTheFile()
    {
        Files().Load();
        var book = ThreeWorks();
        Files().Save(WorkBook.Empty, book);
        Files().Save(book, book.Forget("uid-c"));
        Files().Load().Held.Keys.Order().ShouldBe(["uid-a", "uid-b"]);
    }

    [Fact]
    public void Load_AnyFileTornAtAnyByte_LosesThatWorkOnlyAndAsksForASnapshot()
    {
        Files().Load();
        Files().Save(WorkBook.Empty, ThreeWorks());
        var path = Path.Combine(WorksDirectory, "uid-b.json");
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length - "\norphan".Length; length += 7)
        {
            File.WriteAllBytes(path, whole.AsSpan(0, length).ToArray());
            var loaded = Files().Load();
            loaded.Held.Keys.Order().SequenceEqual(["uid-a", "uid-c"]).ShouldBeTrue($"torn at {length}");
            loaded.Position.ShouldBe(StreamPosition.Start, $"torn at {length}");
        }
    }

    [Fact]
    public void Load_CrashBetweenWritingAndRenaming_KeepsTheOldFile()
    {
        Files().Load();
        Files().Save(WorkBook.Empty, ThreeWorks());
        var path = Path.Combine(WorksDirectory, "uid-a.json");
        File.WriteAllText(path + ".tmp", "{\"type\":\"Wo");
        Files().Load().Held["uid-a"].Work!.Replicas.ShouldBe(2);
        File.Exists(path + ".tmp").ShouldBeFalse();
    }

    [Fact]
    public void Load_PositionTorn_StartsOver()
    {
        Files().Load();
        Files().Save(WorkBook.Empty, ThreeWorks());
        File.WriteAllText(Path.Combine(_data.FullName, "position.json"), "{\"ty");
        var loaded = Files().Load();
        loaded.Position.ShouldBe(StreamPosition.Start);
        loaded.Held.Count.ShouldBe(3);
    }

    [Fact]
    public void Save_UidThatIsNoFileName_StaysInTheDirectory()
    {
        Files().Load();
        const string Uid = "../../../etc/x";
        var book = WorkBook.Empty with { Held = WorkBook.Empty.Held.Add(Uid, new HeldWork { Work = TestWorks.Web(1, Uid) }) };
        Files().Save(WorkBook.Empty, book);
        Directory.GetFiles(WorksDirectory).Length.ShouldBe(1);
        Files().Load().Held.Keys.ShouldBe([Uid]);
    }

    [Fact]
    public void Apply_DataDirectoryFails_WorksOnFromMemoryAndStoresLater()
    {
        var shelf = new WorkShelf(Files(), NullLogger<WorkShelf>.Instance);
        shelf.Load();
        // Even root cannot write a file where a directory is in its way.
        var obstacle = Directory.CreateDirectory(Path.Combine(WorksDirectory, "uid-a.json.tmp", "x"));
        shelf.Apply([new WorkEvent { Type = WorkEventType.Work, Revision = 4, Store = "s1", Work = TestWorks.Web(2, "uid-a") with { Revision = 4 } }]);
        shelf.Book.Held.Keys.ShouldBe(["uid-a"]);
        shelf.Problem.ShouldNotBeNull();
        shelf.StoredPosition.ShouldBe(StreamPosition.Start, "what is not stored must be sent again after a restart");

        obstacle.Parent!.Delete(recursive: true);
        shelf.RetryStore();
        shelf.Problem.ShouldBeNull();
        Files().Load().Position.ShouldBe(new StreamPosition("s1", 4));
    }
}
