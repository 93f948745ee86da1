using Federation.Client;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Streams;

/// <summary>One of the ends goes while streams are open.</summary>
public sealed class LostEndTests : IAsyncLifetime
{
    private readonly StreamsHarness _harness = new();

    public Task InitializeAsync() => _harness.InitializeAsync();

    public Task DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Streams_AgentStopsAndComesBack_EndAndWorkAgain()
    {
        using var shell = await RemoteShell.OpenAsync(_harness.Gateway, _harness.Pod, "exec?command=hang&stdin=true&stdout=true");
        await using var log = await _harness.Gateway.Client.ReadLogAsync(_harness.Pod, "default", new LogQuery { Follow = true });
        await _harness.StopAgentAsync();

        var (_, _, result) = await shell.ReadToEndAsync();
        (result.Outcome, result.Message).ShouldBe(("Failure", "Internal error occurred: the connection to the agent was lost"));
        // A log that was cut off is not taken for a whole one.
        using var reader = new StreamReader(log);
        await Should.ThrowAsync<IOException>(() => reader.ReadToEndAsync());
        await Eventually.TrueAsync(() => _harness.Hanging == 0, "the command is left");

        _harness.StartAgent();
        var again = await Eventually.ReadAsync(OpenAsync, opened => opened is not null, "streams work again");
        (await again!.ReadToEndAsync()).Result.Outcome.ShouldBe("Success");
        again.Dispose();
    }

    [Fact]
    public async Task Streams_GatewayStops_CommandIsLeft()
    {
        using var shell = await RemoteShell.OpenAsync(_harness.Gateway, _harness.Pod, "exec?command=hang&stdin=true&stdout=true");
        await Eventually.TrueAsync(() => _harness.Hanging == 1, "the command runs");

        await _harness.Gateway.RestartGatewayAsync();

        await Eventually.TrueAsync(() => _harness.Hanging == 0, "the command is left");
    }

    private async Task<RemoteShell?> OpenAsync()
    {
        try
        {
            return await RemoteShell.OpenAsync(_harness.Gateway, _harness.Pod, "exec?command=fail&command=0&stdout=true");
        }
        catch (InvalidOperationException notYet) when (notYet.Message is "503" or "404")
        {
            return null;
        }
    }
}
