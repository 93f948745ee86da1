using Federation.Api;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Conformance;

/// <summary>What every store does, whatever database holds it.</summary>
public abstract partial class ObjectStoreConformance : IAsyncLifetime
{
    private IObjectStore? _store;

    private protected IObjectStore Store => _store ?? throw new InvalidOperationException("The store is not open.");

    public async Task InitializeAsync()
    {
        await CreateDatabaseAsync();
        _store = await OpenAsync();
    }

    public async Task DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        await DropDatabaseAsync();
    }

    protected abstract Task CreateDatabaseAsync();

    /// <summary>Opens the test's database; stores that serve one process at a time are open once at any moment.</summary>
    protected abstract Task<IObjectStore> OpenAsync();

    protected abstract Task DropDatabaseAsync();

    private protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        _store = await OpenAsync();
    }

    [Fact]
    public async Task Get_NeverWritten_IsNull() => (await Store.GetAsync(App("web"), Deadline())).ShouldBeNull();

    [Fact]
    public async Task Write_Create_IsReadBackWhole()
    {
        var due = Noon.AddTicks(10);
        var revision = await Store.WriteSuccessfullyAsync(new ObjectWrite.Put(App("web"), "u1", 7, Json("é☃"), due, 0));

        var found = (await Store.GetAsync(App("web"), Deadline())).ShouldNotBeNull();
        found.Key.ShouldBe(App("web"));
        found.Uid.ShouldBe("u1");
        found.Generation.ShouldBe(7);
        found.Revision.ShouldBe(revision);
        found.ReconcileDue.ShouldBe(due);
        Text(found.Json).ShouldBe(Text(Json("é☃")));
    }

    [Fact]
    public async Task Write_FirstOfAStore_IsRevisionOne()
    {
        (await Store.ReadCurrentRevisionAsync(Deadline())).ShouldBe(0);
        (await Store.WriteSuccessfullyAsync(Create(App("web")))).ShouldBe(1);
        (await Store.ReadCurrentRevisionAsync(Deadline())).ShouldBe(1);
    }

    [Fact]
    public async Task Write_CreateOfWhatExists_ConflictsAndChangesNothing()
    {
        var first = await Store.WriteSuccessfullyAsync(Create(App("web"), "first"));

        (await Store.WriteAsync(Create(App("web"), "second"), Deadline())).ShouldBe(new WriteOutcome.Conflict(first));

        Text((await Store.GetAsync(App("web"), Deadline()))!.Json).ShouldBe(Text(Json("first")));
        (await Store.ReadCurrentRevisionAsync(Deadline())).ShouldBe(first);
        (await Store.ReadPageAsync(0)).Changes.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Write_UpdateFromAnOldRevision_ConflictsWithTheCurrentOne()
    {
        var first = await Store.WriteSuccessfullyAsync(Create(App("web")));
        var second = await Store.WriteSuccessfullyAsync(Update(App("web"), first, "second"));

        (await Store.WriteAsync(Update(App("web"), first, "late"), Deadline())).ShouldBe(new WriteOutcome.Conflict(second));
        Text((await Store.GetAsync(App("web"), Deadline()))!.Json).ShouldBe(Text(Json("second")));
    }

    [Fact]
    public async Task Write_AnythingButCreateOfWhatIsAbsent_ConflictsWithZero()
    {
        var absent = new WriteOutcome.Conflict(0);
        (await Store.WriteAsync(Update(App("web"), 3), Deadline())).ShouldBe(absent);
        (await Store.WriteAsync(new ObjectWrite.Delete(App("web"), 3), Deadline())).ShouldBe(absent);
        (await Store.WriteAsync(new ObjectWrite.SetReconcileDue(App("web"), Noon, 3), Deadline())).ShouldBe(absent);
        (await Store.ReadCurrentRevisionAsync(Deadline())).ShouldBe(0);
    }

    [Fact]
    public async Task Write_Delete_RemovesTheObjectAndLogsItsLastState()
    {
        var created = await Store.WriteSuccessfullyAsync(Create(App("web"), "last words"));
        (await Store.WriteAsync(new ObjectWrite.Delete(App("web"), created + 1), Deadline())).ShouldBe(new WriteOutcome.Conflict(created));

        var deleted = await Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("web"), created));

        deleted.ShouldBe(created + 1);
        (await Store.GetAsync(App("web"), Deadline())).ShouldBeNull();
        var change = (await Store.ReadPageAsync(created)).Changes.ShouldHaveSingleItem();
        (change.Type, change.IsCreate, change.Key, change.Uid, change.Generation, change.Revision, change.PreviousRevision)
            .ShouldBe((ChangeType.Delete, false, App("web"), "uid-web", 1L, deleted, created));
        Text(change.Json).ShouldBe(Text(Json("last words")));
    }

    [Fact]
    public async Task Write_CreateAfterDelete_IsACreateAgain()
    {
        var created = await Store.WriteSuccessfullyAsync(Create(App("web")));
        var deleted = await Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("web"), created));
        await Store.WriteSuccessfullyAsync(new ObjectWrite.Put(App("web"), "another", 1, Json("again"), null, 0));

        var change = (await Store.ReadPageAsync(deleted)).Changes.ShouldHaveSingleItem();
        (change.IsCreate, change.Uid, change.PreviousRevision).ShouldBe((true, "another", 0L));
    }

    [Fact]
    public async Task Write_LongerThanTheLimit_IsRefusedWithItsSize()
    {
        var fits = new byte[WriteOutcome.TooLarge.Limit];
        Array.Fill(fits, (byte)'x');
        byte[] tooLong = [.. fits, (byte)'x'];

        (await Store.WriteAsync(new ObjectWrite.Put(App("web"), "u", 1, tooLong, null, 0), Deadline())).ShouldBe(new WriteOutcome.TooLarge(tooLong.Length));
        (await Store.GetAsync(App("web"), Deadline())).ShouldBeNull();

        await Store.WriteSuccessfullyAsync(new ObjectWrite.Put(App("web"), "u", 1, fits, null, 0));
        (await Store.GetAsync(App("web"), Deadline()))!.Json.Span.SequenceEqual(fits).ShouldBeTrue();
    }

    [Fact]
    public async Task Write_SetReconcileDue_ChangesTheTimerAndNothingElse()
    {
        var revision = await Store.WriteSuccessfullyAsync(Create(App("web"), due: Noon));

        (await Store.WriteSuccessfullyAsync(new ObjectWrite.SetReconcileDue(App("web"), Noon.AddHours(1), revision))).ShouldBe(revision);

        (await Store.ReadCurrentRevisionAsync(Deadline())).ShouldBe(revision);
        (await Store.GetAsync(App("web"), Deadline()))!.ReconcileDue.ShouldBe(Noon.AddHours(1));
        (await Store.WriteAsync(new ObjectWrite.SetReconcileDue(App("web"), null, revision + 1), Deadline())).ShouldBe(new WriteOutcome.Conflict(revision));
        (await Store.GetAsync(App("web"), Deadline()))!.ReconcileDue.ShouldBe(Noon.AddHours(1));
        await Store.WriteSuccessfullyAsync(new ObjectWrite.SetReconcileDue(App("web"), null, revision));
        (await Store.GetAsync(App("web"), Deadline()))!.ReconcileDue.ShouldBeNull();
    }

    [Fact]
    public async Task ReadSnapshot_SeveralKinds_IsSortedAndAtOneRevision()
    {
        await Store.WriteSuccessfullyAsync(Create(ObjectKey.ClusterScoped("Cluster", "us-east")));
        await Store.WriteSuccessfullyAsync(Create(App("b", "shop")));
        await Store.WriteSuccessfullyAsync(Create(App("a", "shop")));
        await Store.WriteSuccessfullyAsync(Create(App("Z", "shop")));
        await Store.WriteSuccessfullyAsync(Create(App("z", "bank")));
        var revision = await Store.WriteSuccessfullyAsync(Create(App("gone", "bank")));
        revision = await Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("gone", "bank"), revision));

        var all = await Store.ReadSnapshotAsync(null, Deadline());
        all.Revision.ShouldBe(revision);
        all.Objects.Select(found => found.Key.ToString()).ShouldBe(["App/bank/z", "App/shop/Z", "App/shop/a", "App/shop/b", "Cluster//us-east"]);
        var clusters = await Store.ReadSnapshotAsync("Cluster", Deadline());
        clusters.Revision.ShouldBe(revision);
        clusters.Objects.ShouldHaveSingleItem().Key.Name.ShouldBe("us-east");
        Text(clusters.Objects[0].Json).ShouldBe(Text(Json("a")));
    }

    [Fact]
    public async Task ReadChanges_WithALimit_PagesThroughEveryChangeOnce()
    {
        var expected = 0L;
        for (var index = 0; index < 10; index++)
            await Store.WriteSuccessfullyAsync(Create(App($"a{index}"), $"{index}"));

        for (var after = 0L; ;)
        {
            var page = await Store.ReadPageAsync(after, limit: 3);
            page.CurrentRevision.ShouldBe(10);
            if (page.Changes.Count == 0)
                break;
            page.Changes.Count.ShouldBeLessThanOrEqualTo(3);
            foreach (var change in page.Changes)
                change.Revision.ShouldBe(++expected);
            after = expected;
        }

        expected.ShouldBe(10);
    }

    [Fact]
    public async Task ReadChanges_WithPrevious_ShowsWhatEachChangeReplaced()
    {
        var created = await Store.WriteSuccessfullyAsync(Create(App("web"), "one"));
        var updated = await Store.WriteSuccessfullyAsync(Update(App("web"), created, "two"));
        await Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("web"), updated));

        var changes = (await Store.ReadPageAsync(0, withPrevious: true)).Changes;
        changes.Select(change => (change.Type, change.IsCreate)).ShouldBe([(ChangeType.Put, true), (ChangeType.Put, false), (ChangeType.Delete, false)]);
        changes[0].PreviousJson.ShouldBeNull();
        Text(changes[1].PreviousJson.ShouldNotBeNull()).ShouldBe(Text(Json("one")));
        Text(changes[2].PreviousJson.ShouldNotBeNull()).ShouldBe(Text(Json("two")));
        (await Store.ReadPageAsync(0)).Changes[1].PreviousJson.ShouldBeNull();
    }

    [Fact]
    public async Task WaitForChanges_NothingNew_ReturnsAtTheNextWrite()
    {
        await Store.WriteSuccessfullyAsync(Create(App("a")));
        (await Store.WaitForChangesAsync(0, Deadline())).ShouldBe(1);
        var waiting = WaitUntilAfterAsync(1);
        waiting.IsCompleted.ShouldBeFalse();

        await Store.WriteSuccessfullyAsync(Create(App("b")));

        (await waiting).ShouldBe(2);

        async Task<long> WaitUntilAfterAsync(long revision)
        {
            // It may return early; the deadline ends this if it does nothing else.
            for (var deadline = Deadline(); ;)
            {
                if (await Store.WaitForChangesAsync(revision, deadline) is var newest && newest > revision)
                    return newest;
                deadline.ThrowIfCancellationRequested();
            }
        }
    }

    [Fact]
    public async Task Identity_Reopened_StaysAndChangesOnlyWhenRenewed()
    {
        var identity = await Store.ReadIdentityAsync(Deadline());
        identity.Id.ShouldNotBe(Guid.Empty);
        await ReopenAsync();
        (await Store.ReadIdentityAsync(Deadline())).ShouldBe(identity);

        var renewed = await Store.RenewIdentityAsync(Deadline());

        renewed.ShouldNotBe(identity);
        (await Store.ReadIdentityAsync(Deadline())).ShouldBe(renewed);
    }

    [Fact]
    public async Task RenewIdentity_StoreInUse_GoesOnFarAheadAndItsLogBeginsThere()
    {
        var first = await Store.WriteSuccessfullyAsync(Create(App("a")));
        var second = await Store.WriteSuccessfullyAsync(Update(App("a"), first));
        var gone = await Store.WriteSuccessfullyAsync(Create(App("gone")));
        await Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("gone"), gone));

        await Store.RenewIdentityAsync(Deadline());

        // Whoever has any revision of the old history, also one that the backup does not know, begins anew.
        var begin = 4 + RestoreGap.Revisions;
        (await Store.ReadCurrentRevisionAsync(Deadline())).ShouldBe(begin);
        (await Store.ReadCompactedRevisionAsync(Deadline())).ShouldBe(begin);
        foreach (var old in (long[])[0, 4, 1_000, begin - 1])
            (await Store.ReadChangesAsync(old, 10, withPrevious: true, Deadline())).ShouldBe(new ChangePage.Compacted(begin));

        // What exists goes on, at the revisions that it had.
        (await CountStoredChangesAsync()).ShouldBe(1);
        (await Store.GetAsync(App("a"), Deadline()))!.Revision.ShouldBe(second);
        (await Store.WriteSuccessfullyAsync(Update(App("a"), second))).ShouldBe(begin + 1);
        var page = (await Store.ReadChangesAsync(begin, 10, withPrevious: true, Deadline())).ShouldBeOfType<ChangePage.Page>();
        page.Changes.ShouldHaveSingleItem().PreviousRevision.ShouldBe(second);
        await Store.CompactAsync(begin + 1, Deadline());
        await ReopenAsync();
        (await Store.GetAsync(App("a"), Deadline()))!.Revision.ShouldBe(begin + 1);
    }

    [Fact]
    public async Task Dispose_WithCallsAfterwards_SaysThatItIsClosed()
    {
        var waiting = WaitUntilClosedAsync();
        await Store.DisposeAsync();

        (await Should.ThrowAsync<StoreUnavailableException>(waiting)).Reason.ShouldBe(StoreUnavailableReason.Closed);
        (await Should.ThrowAsync<StoreUnavailableException>(Store.WriteAsync(Create(App("a")), Deadline()))).Reason.ShouldBe(StoreUnavailableReason.Closed);
        (await Should.ThrowAsync<StoreUnavailableException>(Store.GetAsync(App("a"), Deadline()))).Reason.ShouldBe(StoreUnavailableReason.Closed);
        (await Should.ThrowAsync<StoreUnavailableException>(Store.CompactAsync(1, Deadline()))).Reason.ShouldBe(StoreUnavailableReason.Closed);

        // It may end early to have its caller look, as when the store has only begun to listen.
        async Task WaitUntilClosedAsync()
        {
            while (true)
                await Store.WaitForChangesAsync(0, Deadline());
        }
    }
}
