using Federation.Api.Meta;
using Federation.TestKit.Local;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary>One federation for the scenarios of several classes, one after the other.</summary>
public sealed class SharedFederation : IAsyncLifetime
{
    public LocalFederation Federation { get; private set; } = null!;

    public async Task InitializeAsync() => Federation = await LocalFederation.UpAsync();

    public async Task DisposeAsync() => await Federation.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class OneFederation : ICollectionFixture<SharedFederation>
{
    public const string Name = "one federation";
}

/// <summary>Each scenario starts and ends with the sample converged in three Ready regions.</summary>
public abstract class SampleScenarios(SharedFederation shared) : IAsyncLifetime
{
    protected LocalFederation Federation => shared.Federation;

    public async Task InitializeAsync()
    {
        await Federation.ResumeAsync();
        await Federation.ScaleAsync(6);
        foreach (var region in LocalFederation.RegionNames)
            await Federation.ReadyAsync(region, ConditionStatus.True);
        await Federation.ConvergedAsync("web", 6);
        await Federation.AnsweredAsync(LocalFederation.RegionNames);
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
