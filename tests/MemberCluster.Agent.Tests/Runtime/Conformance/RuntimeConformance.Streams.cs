using System.Text;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Conformance;

public abstract partial class RuntimeConformance
{
    [Fact]
    public async Task Logs_Ended_AreSplitByStream()
    {
        var id = await RunAsync(Spec("a", Scripts.Prints));
        await Containers.WaitAsync(id, Token);

        (await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery(), Token))).ShouldBe(("one\ntwo\n", "three\n"));
        (await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery { StandardOutput = false }, Token))).ShouldBe(("", "three\n"));
        (await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery { StandardError = false }, Token))).ShouldBe(("one\ntwo\n", ""));
        // Between streams the order is the kernel's.
        var (lastOut, lastError) = await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery { Tail = 1 }, Token));
        (lastOut + lastError).ShouldBeOneOf("two\n", "three\n");
        (await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery { Tail = 0 }, Token))).ShouldBe(("", ""));
    }

    [Fact]
    public async Task Logs_Timestamps_LeadEachLineAndSelect()
    {
        var id = await RunAsync(Spec("a", Scripts.Prints));
        await Containers.WaitAsync(id, Token);

        var (lines, _) = await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery { Timestamps = true }, Token));
        var first = lines.Split('\n')[0].Split(' ');
        first[1].ShouldBe("one");
        var at = DateTimeOffset.Parse(first[0]);
        at.ShouldBeGreaterThanOrEqualTo((await Containers.InspectAsync(id, Token)).CreatedAt);
        (await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery { Since = at.AddSeconds(5) }, Token))).ShouldBe(("", ""));
        (await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery { Since = at.AddSeconds(-5) }, Token))).ShouldBe(("one\ntwo\n", "three\n"));
    }

    [Fact]
    public async Task Logs_Follow_EndsWithTheContainer()
    {
        var id = await RunAsync(Spec("a", Scripts.PrintsAndStays));
        var stopped = false;
        var text = new StringBuilder();
        await foreach (var chunk in Containers.ReadLogsAsync(id, new LogQuery { Follow = true }, Token))
        {
            text.Append(Encoding.UTF8.GetString(chunk.Data.Span));
            if (!stopped && text.ToString() == "ready\n")
            {
                stopped = true;
                await Containers.StopAsync(id, TimeSpan.FromSeconds(30), Token);
            }
        }

        stopped.ShouldBeTrue();
        text.ToString().ShouldBe("ready\nbye\n");
    }

    [Fact]
    public async Task Logs_FollowAndGiveUp_IsCancelled()
    {
        var id = await RunAsync(Spec("a", Scripts.PrintsAndStays));
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Containers.ReadLogsAsync(id, new LogQuery { Follow = true }, impatient.Token))
                await impatient.CancelAsync();
        });
        (await Containers.InspectAsync(id, Token)).State.ShouldBe(ContainerState.Running);
    }

    [Fact]
    public async Task Exec_Command_GivesExitCodeAndOutput()
    {
        var id = await RunAsync(Spec("a"));
        var result = await Containers.ExecAsync(id, new ExecSpec { Command = Scripts.Shell(Scripts.ExecPrints) }, Token);
        result.ExitCode.ShouldBe(5);
        result.StandardOutput.ShouldBe("out\n");
        result.StandardError.ShouldBe("err\n");
        result.TimedOut.ShouldBeFalse();
        result.Truncated.ShouldBeFalse();
    }

    [Fact]
    public async Task Exec_TooLong_TimesOutAsAValue()
    {
        var id = await RunAsync(Spec("a"));
        var result = await Containers.ExecAsync(id, new ExecSpec { Command = Scripts.Shell(Scripts.ExecHangs), Timeout = TimeSpan.FromSeconds(1) }, Token);
        result.TimedOut.ShouldBeTrue();
        result.ExitCode.ShouldBeNull();
        result.StandardOutput.ShouldBe("begun\n");
    }

    [Fact]
    public async Task Exec_MuchOutput_IsCut()
    {
        var id = await RunAsync(Spec("a"));
        var result = await Containers.ExecAsync(id, new ExecSpec { Command = Scripts.Shell(Scripts.ExecFloods), MaxOutputBytes = 1000 }, Token);
        result.ExitCode.ShouldBe(0);
        result.StandardOutput.Length.ShouldBe(1000);
        result.Truncated.ShouldBeTrue();
    }

    [Fact]
    public async Task Exec_NotRunning_IsConflict()
    {
        var id = await Containers.CreateAsync(Spec("a"), Token);
        await FailsAsync(RuntimeFailure.Conflict, () => Containers.ExecAsync(id, new ExecSpec { Command = ["true"] }, Token));
    }

    [Fact]
    public async Task StartExec_Interactive_CarriesInputAndItsEnd()
    {
        var id = await RunAsync(Spec("a"));
        await using var attached = await Containers.StartExecAsync(id, new ExecSpec { Command = Scripts.Shell(Scripts.ExecCopiesInput), AttachStdin = true }, Token);
        await attached.WriteAsync("first "u8.ToArray(), Token);
        await attached.WriteAsync("second"u8.ToArray(), Token);
        await attached.CloseInputAsync(Token);
        (await ReadAsync(attached.ReadAsync(Token))).ShouldBe(("first second", ""));
        (await Eventually.ReadAsync(() => attached.GetExitCodeAsync(Token), code => code is not null, "the command has ended")).ShouldBe(7);
    }

    [Fact]
    public async Task Attach_Running_CarriesWhatIsPrintedNext()
    {
        var id = await RunUntilReadyAsync(Spec("a", Scripts.PrintsAndStays));
        await using var attached = await Containers.AttachAsync(id, Token);
        var reading = ReadAsync(attached.ReadAsync(Token));
        await Containers.StopAsync(id, TimeSpan.FromSeconds(30), Token);
        (await reading).Out.ShouldBe(ByeAfterAttach);
        (await attached.GetExitCodeAsync(Token)).ShouldBe(143);
    }

    private const string ByeAfterAttach = "bye\n";

    [Fact]
    public async Task Stats_Running_CountsMemoryAgainstItsLimit()
    {
        var limit = 64L << 20;
        var id = await RunAsync(Spec("a") with { Resources = new ContainerResources { MemoryLimitBytes = limit } });
        var stats = await Eventually.ReadAsync(() => Containers.GetStatsAsync(id, Token), read => read.MemoryBytes > 0 && read.CpuTime > TimeSpan.Zero, "it uses something");
        stats.MemoryLimitBytes.ShouldBe(limit);
        stats.MemoryWorkingSetBytes.ShouldBeInRange(0, stats.MemoryBytes);
        stats.Processes.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Stats_NotRunning_AreZero()
    {
        var id = await Containers.CreateAsync(Spec("a"), Token);
        var stats = await Containers.GetStatsAsync(id, Token);
        stats.MemoryBytes.ShouldBe(0);
        stats.CpuTime.ShouldBe(TimeSpan.Zero);
        stats.Processes.ShouldBe(0);
    }
}
