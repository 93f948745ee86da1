using System.Net;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Client;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Streams;

/// <summary>Commands through gateway and agent, as a WebSocket client sees them.</summary>
public sealed class ExecTests(StreamsHarness harness) : IClassFixture<StreamsHarness>
{
    private GatewayHarness Gateway => harness.Gateway;

    [Theory]
    [InlineData("v5.channel.k8s.io")]
    [InlineData("v4.channel.k8s.io")]
    public async Task Exec_CommandFails_OutputsAndItsCodeArrive(string protocol)
    {
        using var shell = await RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=fail&command=7&stdout=true&stderr=true", protocol);

        var (output, error, result) = await shell.ReadToEndAsync();

        (output, error).ShouldBe(("working\n", "failing\n"));
        (result.Outcome, result.Reason).ShouldBe(("Failure", "NonZeroExitCode"));
        var cause = result.Details.ShouldNotBeNull().Causes.ShouldHaveSingleItem();
        (cause.Reason, cause.Message).ShouldBe(("ExitCode", "7"));
    }

    [Fact]
    public async Task Exec_InputEnds_CommandSeesTheEnd()
    {
        using var shell = await RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=cat&stdin=true&stdout=true");
        // More than all windows on the way together.
        var sent = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i:000000}\n"));
        var reading = shell.ReadToEndAsync();
        for (var i = 0; i < sent.Length; i += 50_000)
            await shell.SendAsync(0, sent.Substring(i, Math.Min(50_000, sent.Length - i)));
        await shell.EndInputAsync();

        var (output, _, result) = await reading;

        output.ShouldBe(sent);
        result.Outcome.ShouldBe("Success");
    }

    [Fact]
    public async Task Exec_TerminalIsResized_CommandLearnsTheSize()
    {
        using var shell = await RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=size&stdin=true&stdout=true&tty=true");
        await shell.SendAsync(4, """{"Width":91,"Height":33}""");

        (await shell.ReadToEndAsync()).Output.ShouldBe("33 91\n");
    }

    [Fact]
    public async Task Exec_StreamsNotAskedFor_AreLeftOut()
    {
        using var shell = await RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=fail&command=0&stderr=true");
        (await shell.ReadToEndAsync()).ShouldBe(("", "failing\n", new Status { Outcome = "Success", Code = 200 }));
    }

    [Fact]
    public async Task Exec_ClientGoes_CommandIsLeft()
    {
        var before = harness.Hanging;
        using (await RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=hang&stdin=true&stdout=true"))
            await Eventually.TrueAsync(() => harness.Hanging == before + 1, "the command runs");

        await Eventually.TrueAsync(() => harness.Hanging == before, "it is left");
    }

    [Fact]
    public async Task Exec_ClientGoesWhileTheCommandTakesNoInput_CommandIsLeft()
    {
        var before = harness.Hanging;
        using (var shell = await RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=hang&stdin=true&stdout=true"))
        {
            await Eventually.TrueAsync(() => harness.Hanging == before + 1, "the command runs");
            for (var i = 0; i < 20; i++)
                await shell.SendAsync(0, new string('x', 50_000));
        }

        await Eventually.TrueAsync(() => harness.Hanging == before, "it is left");
    }

    [Theory]
    [InlineData("exec?command=cat&stdout=true&container=nope", 400)]
    [InlineData("exec?stdout=true", 400)]
    [InlineData("exec?command=cat", 400)]
    public async Task Exec_WrongRequest_IsRefusedBeforeTheUpgrade(string query, int code) =>
        (await Should.ThrowAsync<InvalidOperationException>(() => RemoteShell.OpenAsync(Gateway, harness.Pod, query))).Message.ShouldBe($"{code}");

    [Fact]
    public async Task Exec_ProtocolsNobodyKnows_AreRefused() =>
        (await Should.ThrowAsync<InvalidOperationException>(() => RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=cat&stdout=true", "v9.channel.k8s.io"))).Message.ShouldBe("403");

    [Fact]
    public async Task Exec_NotAnAdministrator_IsForbidden()
    {
        using var other = await Gateway.JoinAsync("exec-other");
        (await Should.ThrowAsync<InvalidOperationException>(() => RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=cat&stdout=true", token: other.Options.Token))).Message.ShouldBe("403");
    }

    [Fact]
    public async Task Exec_NotUpgraded_SaysSo()
    {
        var (code, body) = await Gateway.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/default/pods/{harness.Pod}/exec?command=cat&stdout=true");
        code.ShouldBe(HttpStatusCode.BadRequest);
        body.GetProperty("message").GetString().ShouldBe("Upgrade request required");
    }

    [Fact]
    public async Task Exec_PodThatCannotStart_SaysWhy()
    {
        await harness.ApplyAsync("broken", "broken:1");
        var pod = await harness.PodAsync("broken", pod => pod.Status.ContainerStatuses is [{ State.Waiting.Reason: "StartFailed" }]);

        (await Should.ThrowAsync<InvalidOperationException>(() => RemoteShell.OpenAsync(Gateway, pod, "exec?command=cat&stdout=true"))).Message.ShouldBe("400");
        var log = await Should.ThrowAsync<StatusException>(() => Gateway.Client.ReadLogAsync(pod, "default"));
        (log.Code, log.Message).ShouldBe((400, $"container \"broken\" in pod \"{pod}\" is waiting to start: StartFailed"));
    }

    [Fact]
    public async Task Streams_ManyClientsThatStandStill_HoldUpNothingElse()
    {
        var still = new List<RemoteShell>();
        try
        {
            // Each has more to say than sockets and windows on its way can hold, and nobody listens.
            for (var i = 0; i < 6; i++)
                still.Add(await RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=flood&command=256&stdout=true"));

            for (var i = 0; i < 20; i++)
            {
                using var shell = await RemoteShell.OpenAsync(Gateway, harness.Pod, "exec?command=fail&command=0&stdout=true&stderr=true");
                (await shell.ReadToEndAsync()).Result.Outcome.ShouldBe("Success");
            }

            // Works go down and reports come up.
            await harness.ApplyAsync("late", "tools:1");
            await harness.PodAsync("late", pod => pod.Status.Conditions.IsTrue("Ready"));
            (await Gateway.Client.GetAsync<Cluster>("fake")).Status.Conditions.IsTrue(ClusterConditions.Ready).ShouldBeTrue();

            // And none of it was lost: the first one that listens gets everything.
            (await still[0].ReadToEndAsync()).Output.Length.ShouldBe(256 * 64 * 1024);
        }
        finally
        {
            still.ForEach(shell => shell.Dispose());
        }
    }
}
