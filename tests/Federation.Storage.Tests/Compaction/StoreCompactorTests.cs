using Federation.Storage.Compaction;
using Federation.Storage.Tests.Cache;
using Federation.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Compaction;

public sealed class StoreCompactorTests
{
    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Execute_TimePasses_ForgetsWhatIsOlderAndKeepsWhatIsYounger()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var time = new ManualTimeProvider(Noon);
        using var compactor = new StoreCompactor(fixture.Store, new StoreCompactorOptions { Keep = Keep }, time, NullLogger<StoreCompactor>.Instance);
        await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        await compactor.StartAsync(CancellationToken.None);
        await fixture.Store.RevisionReadAsync(times: 1);
        await fixture.Store.WriteSuccessfullyAsync(Create(App("b")));

        time.Advance(Keep);
        await fixture.Store.RevisionReadAsync(times: 2);
        await UntilCompactedAsync(fixture.Store, 1);
        await fixture.Store.WriteSuccessfullyAsync(Create(App("c")));

        // A store that is away for a round is compacted in the next one.
        fixture.Store.IsAway = true;
        time.Advance(Keep);
        await UntilAsync(() => fixture.Store.Refused > 0);
        fixture.Store.IsAway = false;
        time.Advance(Keep);
        await UntilCompactedAsync(fixture.Store, 2);
        (await fixture.Store.ReadPageAsync(2)).Changes.ShouldHaveSingleItem().Key.ShouldBe(App("c"));
        await compactor.StopAsync(CancellationToken.None);
    }

    private static async Task UntilCompactedAsync(FlakyStore store, long revision)
    {
        var deadline = Deadline();
        while (await store.ReadCompactedRevisionAsync(deadline) is var compacted && compacted != revision)
        {
            compacted.ShouldBeLessThan(revision);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline);
        }
    }
}
