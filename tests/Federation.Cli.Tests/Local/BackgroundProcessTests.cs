using Federation.Cli.Local;
using Federation.TestKit.Waiting;

namespace Federation.Cli.Tests.Local;

public sealed class BackgroundProcessTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fedproc").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Start_Program_LogsItsOutputAndIsSeenToEnd()
    {
        var process = new BackgroundProcess("probe", _root);
        // The program is only asked for its usage: what is tested is how it is started and seen.
        process.Start("exec", ["--help", _root]);
        await Eventually.TrueAsync(() => File.Exists(process.LogFile) && new FileInfo(process.LogFile).Length > 0, "the program's output is in its log");
        await Eventually.TrueAsync(() => process.Pid is null, "the program has ended");
        process.LogTail(3).ShouldNotBeEmpty();
    }

    [Fact]
    public void Pid_RecycledByAnotherProgram_IsNotTakenForOurs()
    {
        Directory.CreateDirectory(Path.Combine(_root, "run"));
        File.WriteAllText(Path.Combine(_root, "run", "probe.pid"), $"{Environment.ProcessId}\n");
        new BackgroundProcess("probe", _root).Pid.ShouldBeNull();
    }

    [Fact]
    public async Task Stop_NotRunning_SaysSo() =>
        (await new BackgroundProcess("probe", _root).StopAsync(TimeSpan.FromSeconds(1), CancellationToken.None)).ShouldBeFalse();

    [Fact]
    public void Load_BrokenState_NamesTheFile()
    {
        File.WriteAllText(Path.Combine(_root, "federation.json"), "{");
        Should.Throw<CliException>(() => new DataDirectory(_root).Load()).Message.ShouldContain("federation.json cannot be read");
    }

    [Fact]
    public void Save_ThenLoad_GivesTheSame()
    {
        var data = new DataDirectory(_root);
        data.Load().ShouldBeNull();
        data.Save(new FederationState { Gateway = "https://127.0.0.1:1", Dns = "127.0.0.1:2", Zone = "z.", Docker = "", Regions = [new RegionPlan("r", "127.0.0.3")], SampleApplied = true });
        var loaded = data.Load()!;
        (loaded.Gateway, loaded.Dns, loaded.Zone, loaded.SampleApplied).ShouldBe(("https://127.0.0.1:1", "127.0.0.1:2", "z.", true));
        loaded.Regions.ShouldHaveSingleItem().ShouldBe(new RegionPlan("r", "127.0.0.3"));
    }
}
