using Federation.TestKit.Waiting;

namespace Federation.Grains.Tests;

public sealed class GrainHarnessTests
{
    /// <summary>Else every step of the clock after a crash waits its whole patience for an answer that nobody takes.</summary>
    [Fact]
    public async Task Crash_WhileAGrainAwaitsTheStore_TheStoreIsQuietAgain()
    {
        await using var plane = await GrainHarness.StartAsync();
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        plane.Store.AfterRead = answer.Task;
        var asked = plane.DeleteAsync(Sample.Key);
        await Eventually.TrueAsync(() => plane.Store.Waiting > 0, "a grain awaits the store");
        plane.Store.Life.IsQuiet.ShouldBeFalse("the clock must wait for it");
        plane.Store.AfterRead = null;

        await plane.CrashAsync();
        answer.SetResult();

        await Should.ThrowAsync<Exception>(() => asked);
        await Eventually.TrueAsync(() => plane.Store.Life.IsQuiet, "nobody waits for the dead");
    }
}
