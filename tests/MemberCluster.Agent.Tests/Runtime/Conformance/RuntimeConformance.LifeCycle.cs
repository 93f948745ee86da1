using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Conformance;

public abstract partial class RuntimeConformance
{
    [Fact]
    public async Task Create_NewName_IsListedAsCreated()
    {
        var spec = Spec("a");
        var id = await Containers.CreateAsync(spec, Token);

        var row = (await Containers.ListAsync(ContainerFilter.ByLabels(OwnLabel), Token)).ShouldHaveSingleItem();
        row.Id.ShouldBe(id);
        row.Name.ShouldBe(spec.Name);
        row.Image.ShouldBe(Image);
        row.State.ShouldBe(ContainerState.Created);
        row.Labels[Scripts.Label].ShouldBe(Scripts.Forever);
        row.IpAddress.ShouldBeNull();

        var container = await Containers.InspectAsync(spec.Name, Token);
        container.Id.ShouldBe(id);
        container.State.ShouldBe(ContainerState.Created);
        container.ImageId.ShouldBe((await Runtime.Images.FindAsync(Image, Token))!.Id);
        container.StartedAt.ShouldBeNull();
        container.FinishedAt.ShouldBeNull();
        container.ExitCode.ShouldBeNull();
        container.Pid.ShouldBeNull();
        container.Error.ShouldBeNull();
    }

    [Fact]
    public async Task Create_NameTaken_IsConflict()
    {
        await Containers.CreateAsync(Spec("a"), Token);
        await FailsAsync(RuntimeFailure.Conflict, () => Containers.CreateAsync(Spec("a"), Token));
    }

    [Fact]
    public async Task Rename_NameIsFreeAgain_AndTheOtherOneIsTaken()
    {
        var first = await Containers.CreateAsync(Spec("a"), Token);
        await Containers.RenameAsync(first, Spec("a").Name + ".previous", Token);

        (await Containers.InspectAsync(Spec("a").Name + ".previous", Token)).Id.ShouldBe(first);
        var second = await Containers.CreateAsync(Spec("a"), Token);
        (await Containers.InspectAsync(Spec("a").Name, Token)).Id.ShouldBe(second);
        await FailsAsync(RuntimeFailure.Conflict, () => Containers.RenameAsync(second, Spec("a").Name + ".previous", Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.RenameAsync("nobody", "b", Token));
    }

    [Fact]
    public async Task Create_NameTakenByManyAtOnce_OneWins()
    {
        var attempts = Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                return await Containers.CreateAsync(Spec("a"), Token);
            }
            catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.Conflict)
            {
                return null;
            }
        });
        (await Task.WhenAll(attempts)).Count(id => id is not null).ShouldBe(1);
    }

    [Fact]
    public async Task Create_ImageNotHere_IsImageNotFound() =>
        await FailsAsync(RuntimeFailure.ImageNotFound, () => Containers.CreateAsync(Spec("a") with { Image = "federation.test/nothing:1" }, Token));

    [Theory]
    [InlineData("name/UPPER")]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("name:tag:tag")]
    public async Task Create_NoImageName_IsInvalidImageName(string image) =>
        await FailsAsync(RuntimeFailure.InvalidImageName, () => Containers.CreateAsync(Spec("a") with { Image = image }, Token));

    [Fact]
    public async Task Start_Created_RunsWithAddressAndProcess()
    {
        var id = await RunAsync(Spec("a"));

        var container = await Containers.InspectAsync(id, Token);
        container.State.ShouldBe(ContainerState.Running);
        container.StartedAt.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(container.CreatedAt);
        container.Pid.ShouldNotBeNull().ShouldBeGreaterThan(0);
        container.ExitCode.ShouldBeNull();
        var row = (await Containers.ListAsync(ContainerFilter.ByLabels(OwnLabel), Token)).ShouldHaveSingleItem();
        row.State.ShouldBe(ContainerState.Running);
        row.IpAddress.ShouldNotBeNull().ShouldBe(container.IpAddress);
    }

    [Fact]
    public async Task Start_Running_ChangesNothing()
    {
        var id = await RunAsync(Spec("a"));
        var before = await Containers.InspectAsync(id, Token);
        await Containers.StartAsync(id, Token);
        (await Containers.InspectAsync(id, Token)).StartedAt.ShouldBe(before.StartedAt);
    }

    [Fact]
    public async Task Start_Ended_RunsAgain()
    {
        var id = await RunAsync(Spec("a"));
        var first = await Containers.InspectAsync(id, Token);
        await Containers.KillAsync(id, "SIGKILL", Token);
        await Containers.WaitAsync(id, Token);
        await Containers.StartAsync(id, Token);

        var second = await Containers.InspectAsync(id, Token);
        second.State.ShouldBe(ContainerState.Running);
        second.StartedAt.ShouldNotBeNull().ShouldBeGreaterThan(first.StartedAt!.Value);
        second.ExitCode.ShouldBeNull();
    }

    [Fact]
    public async Task Start_CommandMissing_IsStartFailedAndKeepsTheWords()
    {
        var id = await Containers.CreateAsync(Spec("a") with { Entrypoint = ["/no/such/program"] }, Token);
        var failure = await FailsAsync(RuntimeFailure.StartFailed, () => Containers.StartAsync(id, Token));
        failure.EngineMessage.ShouldNotBeNull().ShouldContain("/no/such/program");

        var container = await Containers.InspectAsync(id, Token);
        container.State.ShouldBe(ContainerState.Created);
        container.ExitCode.ShouldBe(127);
        container.Error.ShouldNotBeNull().ShouldContain("/no/such/program");
    }

    [Fact]
    public async Task Stop_Running_EndsItBySignal()
    {
        var id = await RunUntilReadyAsync(Spec("a", Scripts.PrintsAndStays));
        await Containers.StopAsync(id, TimeSpan.FromSeconds(30), Token);

        var container = await Containers.InspectAsync(id, Token);
        container.State.ShouldBe(ContainerState.Exited);
        container.ExitCode.ShouldBe(143);
        container.FinishedAt.ShouldNotBeNull().ShouldBeGreaterThan(container.StartedAt!.Value);
        (container.FinishedAt - container.StartedAt).ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromSeconds(15));
        container.Pid.ShouldBeNull();
        container.IpAddress.ShouldBeNull();
        container.OomKilled.ShouldBeFalse();
    }

    [Fact]
    public async Task Stop_SignalIgnored_KillsAfterTheGrace()
    {
        var id = await RunAsync(Spec("a", Scripts.IgnoresStop));
        await Containers.StopAsync(id, TimeSpan.FromSeconds(1), Token);

        var container = await Containers.InspectAsync(id, Token);
        container.State.ShouldBe(ContainerState.Exited);
        container.ExitCode.ShouldBe(137);
        (container.FinishedAt - container.StartedAt).ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.9));
    }

    [Fact]
    public async Task Stop_NotRunning_ChangesNothing()
    {
        var id = await Containers.CreateAsync(Spec("a"), Token);
        await Containers.StopAsync(id, TimeSpan.FromSeconds(1), Token);
        (await Containers.InspectAsync(id, Token)).State.ShouldBe(ContainerState.Created);
    }

    [Fact]
    public async Task Kill_Running_EndsIt()
    {
        var id = await RunAsync(Spec("a"));
        await Containers.KillAsync(id, "SIGKILL", Token);
        (await Containers.WaitAsync(id, Token)).ShouldBe(137);
    }

    [Fact]
    public async Task Kill_NotRunning_IsConflict()
    {
        var id = await Containers.CreateAsync(Spec("a"), Token);
        await FailsAsync(RuntimeFailure.Conflict, () => Containers.KillAsync(id, "SIGKILL", Token));
    }

    [Fact]
    public async Task Pause_Running_IsFrozenUntilItIsResumed()
    {
        await using var events = await Runtime.SubscribeAsync(EventFilter.ByLabels(OwnLabel), since: null, Token);
        var id = await RunAsync(Spec("a"));
        var before = await Containers.InspectAsync(id, Token);
        await Containers.PauseAsync(id, Token);
        await Containers.PauseAsync(id, Token);

        var paused = await Containers.InspectAsync(id, Token);
        (paused.State, paused.StartedAt, paused.Pid).ShouldBe((ContainerState.Paused, before.StartedAt, before.Pid));
        (await Containers.ListAsync(ContainerFilter.ByLabels(OwnLabel) with { RunningOnly = true }, Token)).ShouldHaveSingleItem().State.ShouldBe(ContainerState.Paused);
        await FailsAsync(RuntimeFailure.Conflict, () => Containers.ExecAsync(id, new ExecSpec { Command = ["true"] }, Token));

        await Containers.ResumeAsync(id, Token);
        await Containers.ResumeAsync(id, Token);
        (await Containers.InspectAsync(id, Token)).State.ShouldBe(ContainerState.Running);
        await Containers.RemoveAsync(id, force: true, Token);
        (await ReadUntilDestroyedAsync(events, id)).Select(happened => happened.Kind)
            .ShouldBe([RuntimeEventKind.Created, RuntimeEventKind.Started, RuntimeEventKind.Paused, RuntimeEventKind.Unpaused, RuntimeEventKind.Died, RuntimeEventKind.Destroyed]);
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("stop")]
    [InlineData("remove")]
    public async Task Pause_ThenEnded_Ends(string how)
    {
        var id = await RunUntilReadyAsync(Spec("a", Scripts.PrintsAndStays));
        await Containers.PauseAsync(id, Token);
        await (how switch
        {
            "kill" => Containers.KillAsync(id, "SIGKILL", Token),
            "stop" => Containers.StopAsync(id, TimeSpan.FromSeconds(30), Token),
            _ => Containers.RemoveAsync(id, force: true, Token),
        });
        if (how != "remove")
            (await Containers.WaitAsync(id, Token)).ShouldBe(how == "kill" ? 137 : 143);
    }

    [Fact]
    public async Task Pause_NotRunning_IsConflictAndResumeIsNothing()
    {
        var id = await Containers.CreateAsync(Spec("a"), Token);
        await FailsAsync(RuntimeFailure.Conflict, () => Containers.PauseAsync(id, Token));
        await Containers.ResumeAsync(id, Token);
        (await Containers.InspectAsync(id, Token)).State.ShouldBe(ContainerState.Created);
    }

    [Fact]
    public async Task Remove_Running_NeedsForce()
    {
        var id = await RunAsync(Spec("a"));
        await FailsAsync(RuntimeFailure.Conflict, () => Containers.RemoveAsync(id, force: false, Token));
        (await Containers.RemoveAsync(id, force: true, Token)).ShouldBeTrue();
        (await Containers.RemoveAsync(id, force: true, Token)).ShouldBeFalse();
        (await Containers.ListAsync(ContainerFilter.ByLabels(OwnLabel), Token)).ShouldBeEmpty();
        await Containers.CreateAsync(Spec("a"), Token);   // the name is free again
    }

    [Fact]
    public async Task Remove_ByManyAtOnce_NameIsFreeForEach()
    {
        var id = await RunAsync(Spec("a"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Containers.RemoveAsync(id, force: true, Token)));
        await Containers.CreateAsync(Spec("a"), Token);
    }

    [Fact]
    public async Task EveryOperation_NoSuchContainer_IsNotFound()
    {
        var missing = Name("missing");
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.InspectAsync(missing, Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.StartAsync(missing, Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.StopAsync(missing, TimeSpan.Zero, Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.KillAsync(missing, "SIGKILL", Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.PauseAsync(missing, Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.ResumeAsync(missing, Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.WaitAsync(missing, Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.GetStatsAsync(missing, Token));
        await FailsAsync(RuntimeFailure.NotFound, () => Containers.ExecAsync(missing, new ExecSpec { Command = ["true"] }, Token));
        await FailsAsync(RuntimeFailure.NotFound, () => ReadAsync(Containers.ReadLogsAsync(missing, new LogQuery(), Token)));
        (await Containers.TryInspectAsync(missing, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Wait_ItEnds_GivesTheExitCode()
    {
        var id = await RunAsync(Spec("a", Scripts.ExitsWith3));
        (await Containers.WaitAsync(id, Token)).ShouldBe(3);
        (await Containers.WaitAsync(id, Token)).ShouldBe(3);
        var container = await Containers.InspectAsync(id, Token);
        container.State.ShouldBe(ContainerState.Exited);
        container.ExitCode.ShouldBe(3);
    }

    [Fact]
    public async Task Wait_CallerGivesUp_IsCancelled()
    {
        var id = await RunAsync(Spec("a"));
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Should.ThrowAsync<OperationCanceledException>(() => Containers.WaitAsync(id, impatient.Token));
        (await Containers.InspectAsync(id, Token)).State.ShouldBe(ContainerState.Running);
    }

    [Fact]
    public async Task Run_OutOfMemory_SaysSo()
    {
        var id = await RunAsync(Spec("a", Scripts.TakesAllMemory) with { Resources = new ContainerResources { MemoryLimitBytes = 16 << 20 } });
        (await Containers.WaitAsync(id, Token)).ShouldBe(137);
        (await Containers.InspectAsync(id, Token)).OomKilled.ShouldBeTrue();
    }

    [Fact]
    public async Task List_ByLabels_AllMustMatch()
    {
        var running = await RunAsync(Spec("a") with { Labels = Spec("a").Labels.Add("color", "red") });
        var created = await Containers.CreateAsync(Spec("b") with { Labels = Spec("b").Labels.Add("color", "green") }, Token);

        (await Ids(OwnLabel, "color")).ShouldBe([running, created], ignoreOrder: true);
        (await Ids(OwnLabel, "color=red")).ShouldBe([running]);
        (await Ids(OwnLabel, "color=re")).ShouldBeEmpty();
        (await Ids(OwnLabel, "shape")).ShouldBeEmpty();
        var rows = await Containers.ListAsync(ContainerFilter.ByLabels(OwnLabel) with { RunningOnly = true }, Token);
        rows.ShouldHaveSingleItem().Id.ShouldBe(running);
        (await Containers.ReadAllAsync(ContainerFilter.ByLabels(OwnLabel), Token)).Select(container => container.State)
            .ShouldBe([ContainerState.Created, ContainerState.Running]);

        async Task<IEnumerable<string>> Ids(params string[] labels) =>
            (await Containers.ListAsync(ContainerFilter.ByLabels(labels), Token)).Select(row => row.Id);
    }

    [Fact]
    public async Task AnyOperation_AlreadyCancelled_IsCancelled()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Should.ThrowAsync<OperationCanceledException>(() => Containers.ListAsync(ContainerFilter.All, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(() => Containers.CreateAsync(Spec("a"), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(() => Runtime.PingAsync(cancelled));
    }
}
