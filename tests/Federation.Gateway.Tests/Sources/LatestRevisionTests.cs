using Federation.Gateway.Sources;
using Federation.Storage;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Sources;

public sealed class LatestRevisionTests
{
    private readonly Queue<TaskCompletionSource<long>> _asked = [];
    private readonly LatestRevision _latest;

    public LatestRevisionTests()
    {
        _latest = new LatestRevision(new HeldStore(inner: null!)
        {
            Newest = () =>
            {
                var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
                lock (_asked)
                    _asked.Enqueue(answer);
                return answer.Task;
            },
        });
    }

    [Fact]
    public async Task Read_WhileAnotherIsUnderWay_SharesTheNextOne()
    {
        var first = _latest.ReadAsync();
        var others = Enumerable.Range(0, 10).Select(_ => _latest.ReadAsync()).ToList();
        (await NextAsync()).SetResult(7);
        (await first).ShouldBe(7);

        // What was under way when they asked may have been read before the write they must see.
        var second = await NextAsync();
        others.ShouldAllBe(other => !other.IsCompleted);
        second.SetResult(9);

        (await Task.WhenAll(others)).ShouldAllBe(revision => revision == 9);
        _asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_Failed_TellsThoseAndTriesAgainForTheNext()
    {
        var first = _latest.ReadAsync();
        (await NextAsync()).SetException(new StoreUnavailableException(StoreUnavailableReason.Unreachable, "away"));
        await Should.ThrowAsync<StoreUnavailableException>(() => first);

        var second = _latest.ReadAsync();
        (await NextAsync()).SetResult(3);

        (await second).ShouldBe(3);
    }

    private async Task<TaskCompletionSource<long>> NextAsync()
    {
        TaskCompletionSource<long>? next = null;
        await Eventually.TrueAsync(
            () =>
            {
                lock (_asked)
                    return _asked.TryDequeue(out next);
            },
            "the store is asked");
        return next!;
    }
}
