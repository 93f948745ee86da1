using Federation.Engine.Tests.Grains;
using Federation.TestKit.Waiting;
using Orleans.Storage;

namespace Federation.Engine.Tests;

public sealed class StateTests(EngineCluster cluster) : IClassFixture<EngineCluster>
{
    [Fact]
    public async Task State_NeverWritten_IsDefaultAndDoesNotExist()
    {
        var view = await Grain("new").ReadAsync();
        view.ShouldBe(new CounterView(Total: 0, Exists: false, Etag: null));
    }

    [Fact]
    public async Task State_Written_IsThereForTheNextActivation()
    {
        await Grain("kept").AddAsync(5);
        var activation = await Grain("kept").ActivationAsync();
        await Grain("kept").EndAsync();

        (await Grain("kept").ActivationAsync()).ShouldNotBe(activation);
        var view = await Grain("kept").ReadAsync();
        (view.Total, view.Exists).ShouldBe((5, true));
        view.Etag.ShouldNotBeNull();
    }

    [Fact]
    public async Task State_Cleared_DoesNotExistAndCanBeWrittenAgain()
    {
        await Grain("cleared").AddAsync(5);
        await Grain("cleared").ClearAsync();
        (await Grain("cleared").ReadAsync()).Exists.ShouldBeFalse();
        await Grain("cleared").EndAsync();

        (await Grain("cleared").AddAsync(2)).ShouldBe(2);
    }

    [Fact]
    public async Task State_ChangedBehindTheGrain_WriteFailsAndTheNextActivationReadsAnew()
    {
        await Grain("conflict").AddAsync(1);
        var activation = await Grain("conflict").ActivationAsync();
        cluster.Storage.Touch("counter", Id("conflict"));

        await Should.ThrowAsync<InconsistentStateException>(() => Grain("conflict").AddAsync(10));

        (await Grain("conflict").AddAsync(100)).ShouldBe(101);
        (await Grain("conflict").ActivationAsync()).ShouldNotBe(activation);
    }

    [Fact]
    public async Task State_ConflictCaughtByTheGrain_KeepsTheActivation()
    {
        await Grain("caught").AddAsync(1);
        var activation = await Grain("caught").ActivationAsync();
        cluster.Storage.Touch("counter", Id("caught"));

        (await Grain("caught").AddAndCatchAsync(10)).ShouldBe(nameof(InconsistentStateException));

        (await Grain("caught").ActivationAsync()).ShouldBe(activation);
    }

    [Fact]
    public async Task State_ConflictOfACalledGrain_EndsThatGrainOnly()
    {
        await Grain("callee").AddAsync(1);
        var caller = await Grain("caller").ActivationAsync();
        var callee = await Grain("callee").ActivationAsync();
        cluster.Storage.Touch("counter", Id("callee"));

        await Should.ThrowAsync<InconsistentStateException>(() => Grain("caller").AddThroughAsync("callee", 1));

        (await Grain("caller").ActivationAsync()).ShouldBe(caller);
        (await Grain("callee").ActivationAsync()).ShouldNotBe(callee);
    }

    [Fact]
    public async Task State_ConflictInATimer_EndsTheActivation()
    {
        await Grain("timer").AddAsync(1);
        var activation = await Grain("timer").ActivationAsync();
        cluster.Storage.Touch("counter", Id("timer"));

        await Grain("timer").WriteFromTimerAsync();

        await Eventually.TrueAsync(async () => await Grain("timer").ActivationAsync() != activation, "a new activation");
    }

    [Fact]
    public async Task State_StorageFails_GrainGetsAnOrleansExceptionAndStays()
    {
        await using var own = await EngineCluster.StartAsync();
        var grain = own.Grains.GetGrain<IStateGrain>("broken");
        await grain.AddAsync(1);
        own.Storage.Failure = new IOException("disk full");

        (await grain.AddAndCatchAsync(1)).ShouldBe(nameof(OrleansException));

        own.Storage.Failure = null;
        (await grain.AddAsync(1)).ShouldBe(3);
    }

    private static GrainId Id(string key) => GrainId.Create("state", key);

    private IStateGrain Grain(string key) => cluster.Grains.GetGrain<IStateGrain>(key);
}
