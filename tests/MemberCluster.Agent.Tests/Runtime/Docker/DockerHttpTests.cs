using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;
using Microsoft.AspNetCore.Http;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

public sealed class DockerHttpTests
{
    private static readonly RequestDelegate EmptyList = context => context.Response.WriteAsync("[]");

    [Theory]
    [InlineData("1.41", "1.41")]   // Engine 20.10
    [InlineData("1.44", "1.44")]   // Engine 25
    [InlineData("1.51", "1.51")]   // Engine 28
    [InlineData("1.52", "1.51")]   // Engine 29, whose oldest is 1.44
    [InlineData("1.99", "1.51")]
    public async Task Request_AnyEngine_SpeaksTheNewestBothKnow(string engineVersion, string spoken)
    {
        await using var engine = await ScriptedEngine.StartAsync(engineVersion, EmptyList);
        await using var runtime = TestDocker.Connect(engine.Host);
        await runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None);
        await runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None);
        engine.Paths.ShouldBe(["/_ping", $"/v{spoken}/containers/json", $"/v{spoken}/containers/json"]);
    }

    [Theory]
    [InlineData("1.40", "1.41")]
    [InlineData(null, "is it a container engine")]
    public async Task Request_EngineTooOldOrNone_SaysSo(string? engineVersion, string words)
    {
        await using var engine = await ScriptedEngine.StartAsync(engineVersion, EmptyList);
        await using var runtime = TestDocker.Connect(engine.Host);
        var failure = await Should.ThrowAsync<RuntimeException>(() => runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None));
        failure.Failure.ShouldBe(RuntimeFailure.EngineFault);
        failure.Message.ShouldContain(words);
    }

    [Fact]
    public async Task Request_EngineExchanged_NegotiatesAgain()
    {
        var refusals = 1;
        await using var engine = await ScriptedEngine.StartAsync("1.45", async context =>
        {
            if (refusals-- > 0)
            {
                context.Response.StatusCode = 400;
                await context.Response.WriteAsync("{\"message\":\"client version 1.45 is too new. Maximum supported API version is 1.41\"}");
                return;
            }

            await EmptyList(context);
        });
        await using var runtime = TestDocker.Connect(engine.Host);
        await Should.ThrowAsync<RuntimeException>(() => runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None));
        await runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None);
        engine.Paths.Count(path => path == "/_ping").ShouldBe(2);
    }

    [Fact]
    public async Task Request_NoAnswer_TimesOut()
    {
        await using var engine = await ScriptedEngine.StartAsync("1.45", context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        var options = new DockerOptions { Endpoint = DockerEndpoint.Parse(engine.Host), RequestTimeout = TimeSpan.FromMilliseconds(200) };
        await using var runtime = new DockerRuntime(options, TimeProvider.System);
        var failure = await Should.ThrowAsync<RuntimeException>(() => runtime.Containers.StartAsync("a", CancellationToken.None));
        failure.Failure.ShouldBe(RuntimeFailure.Timeout);
        failure.Message.ShouldBe("Cannot start container a: the container engine did not answer within 0.2 s.");
    }

    [Fact]
    public async Task Pull_NoProgress_TimesOut()
    {
        await using var engine = await ScriptedEngine.StartAsync("1.45", async context =>
        {
            await context.Response.WriteAsync("{\"status\":\"Pulling from a\",\"id\":\"1\"}\r\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var options = new DockerOptions { Endpoint = DockerEndpoint.Parse(engine.Host), TransferIdleTimeout = TimeSpan.FromMilliseconds(300) };
        await using var runtime = new DockerRuntime(options, TimeProvider.System);
        var failure = await Should.ThrowAsync<RuntimeException>(() => runtime.Images.PullAsync("a:1", auth: null, progress: null, CancellationToken.None));
        failure.Failure.ShouldBe(RuntimeFailure.Timeout);
    }

    [Fact]
    public async Task Pull_DiskFullHalfway_SaysSo()
    {
        await using var engine = await ScriptedEngine.StartAsync("1.45", context => context.Response.WriteAsync(
            "{\"status\":\"Downloading\",\"id\":\"1\"}\r\n{\"errorDetail\":{\"message\":\"write /x: no space left on device\"},\"error\":\"write /x: no space left on device\"}\r\n"));
        await using var runtime = TestDocker.Connect(engine.Host);
        var failure = await Should.ThrowAsync<RuntimeException>(() => runtime.Images.PullAsync("a:1", auth: null, progress: null, CancellationToken.None));
        failure.Failure.ShouldBe(RuntimeFailure.DiskFull);
    }

    [Fact]
    public async Task Events_ConnectionBreaks_End()
    {
        var seen = new List<RuntimeEvent>();
        var isSeen = new TaskCompletionSource();
        await using var engine = await ScriptedEngine.StartAsync("1.45", async context =>
        {
            await context.Response.WriteAsync("{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"x\",\"Attributes\":{\"name\":\"n\"}},\"timeNano\":1700000000123456789}\n");
            await context.Response.Body.FlushAsync();
            await isSeen.Task;
            context.Abort();
        });
        await using var runtime = TestDocker.Connect(engine.Host);
        await using var events = await runtime.SubscribeAsync(EventFilter.All, since: null, CancellationToken.None);
        await foreach (var happened in events)
        {
            seen.Add(happened);
            isSeen.TrySetResult();
        }

        var only = seen.ShouldHaveSingleItem();
        only.Kind.ShouldBe(RuntimeEventKind.Started);
        only.At.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1700000000).AddTicks(1234567));
    }

    [Fact]
    public async Task Request_ErrorIsNoJson_KeepsTheWords()
    {
        await using var engine = await ScriptedEngine.StartAsync("1.45", async context =>
        {
            context.Response.StatusCode = 502;
            await context.Response.WriteAsync("proxy says no");
        });
        await using var runtime = TestDocker.Connect(engine.Host);
        var failure = await Should.ThrowAsync<RuntimeException>(() => runtime.Containers.ListAsync(ContainerFilter.All, CancellationToken.None));
        failure.EngineMessage.ShouldBe("proxy says no");
    }
}
