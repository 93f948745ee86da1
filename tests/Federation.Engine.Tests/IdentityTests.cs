using Federation.Engine.Tests.Grains;

namespace Federation.Engine.Tests;

/// <summary>Keys, ids, references, and the context that travels with calls.</summary>
public sealed class IdentityTests(EngineCluster cluster) : IClassFixture<EngineCluster>
{
    [Theory]
    [InlineData("plain")]
    [InlineData("shop/web")]
    [InlineData("a key with spaces, ünïcode and 100% more")]
    public void Key_OfAReference_IsWhatWasAskedFor(string key)
    {
        var grain = Turn(key);
        grain.GetPrimaryKeyString().ShouldBe(key);
        grain.GetGrainId().ToString().ShouldBe($"turn/{key}");
        grain.GetGrainId().Key.ToString().ShouldBe(key);
        grain.GetGrainId().Type.ToString().ShouldBe("turn");
    }

    [Fact]
    public async Task Key_GuidAndNumber_ReachTheGrain()
    {
        var guid = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
        (await cluster.Grains.GetGrain<IGuidGrain>(guid).KeyAsync()).ShouldBe(guid);
        (await cluster.Grains.GetGrain<INumberGrain>(42).KeyAsync()).ShouldBe(42);
        (await cluster.Grains.GetGrain<INumberGrain>(-1).KeyAsync()).ShouldBe(-1);
    }

    [Fact]
    public void Reference_ToTheSameGrain_IsEqual()
    {
        Turn("same").ShouldBe(Turn("same"));
        Turn("same").GetHashCode().ShouldBe(Turn("same").GetHashCode());
        Turn("same").ShouldNotBe(Turn("other"));
    }

    [Fact]
    public void Reference_ById_IsEqual() =>
        cluster.Grains.GetGrain<ITurnGrain>(GrainId.Create("turn", "by-id")).ShouldBe(Turn("by-id"));

    [Fact]
    public async Task Reference_PassedAsArgument_CanBeCalled() => (await Turn("one").EchoOfAsync(Turn("two"), "hi")).ShouldBe("hi");

    [Fact]
    public async Task Reference_ToItself_IsThatOfItsCallers() => (await Turn("me").SelfAsync()).ShouldBe(Turn("me"));

    [Fact]
    public async Task Context_SetByTheCaller_TravelsDownAndNeverBack()
    {
        RequestContext.Set("trace", "test");
        try
        {
            (await Turn("first").ContextThroughAsync("second")).ShouldBe("test>");
            RequestContext.Get("trace").ShouldBe("test");
            RequestContext.Remove("trace").ShouldBeTrue();
            (await Turn("first").ContextThroughAsync(null)).ShouldBe("none");
        }
        finally
        {
            RequestContext.Clear();
        }
    }

    private ITurnGrain Turn(string key) => cluster.Grains.GetGrain<ITurnGrain>(key);
}
