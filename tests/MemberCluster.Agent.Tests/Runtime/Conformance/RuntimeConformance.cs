using System.Collections.Immutable;
using System.Text;
using Federation.TestKit.Docker;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Conformance;

/// <summary>What every container runtime must do. One instance is one test; what it makes in the engine it removes.</summary>
public abstract partial class RuntimeConformance : IAsyncLifetime
{
    protected const string Image = BusyboxImage.Reference;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource _deadline = new(Deadline);
    private readonly string _run = $"{Guid.NewGuid():N}"[..12];
    private readonly List<string> _networks = [];
    private readonly List<string> _volumes = [];

    protected IContainerRuntime Runtime { get; private set; } = null!;

    protected IContainers Containers => Runtime.Containers;

    /// <summary>Every wait of a test ends here.</summary>
    protected CancellationToken Token => _deadline.Token;

    /// <summary>Selects what this test made.</summary>
    protected string OwnLabel => $"{DockerEngine.TestLabel}={_run}";

    /// <summary>A connected runtime whose engine has <see cref="Image"/>.</summary>
    protected abstract Task<IContainerRuntime> ConnectAsync();

    public async Task InitializeAsync() => Runtime = await ConnectAsync();

    public async Task DisposeAsync()
    {
        foreach (var container in await Containers.ListAsync(ContainerFilter.ByLabels(OwnLabel), CancellationToken.None))
            await Containers.RemoveAsync(container.Id, force: true, CancellationToken.None);
        foreach (var network in _networks)
            await Runtime.Networks.RemoveAsync(network, CancellationToken.None);
        foreach (var volume in _volumes)
            await Runtime.Volumes.RemoveAsync(volume, CancellationToken.None);
        await Runtime.DisposeAsync();
        _deadline.Dispose();
    }

    protected string Name(string suffix) => $"fedtest-{_run}-{suffix}";

    protected ContainerSpec Spec(string suffix, string script = Scripts.Forever) => new()
    {
        Name = Name(suffix),
        Image = Image,
        Entrypoint = Scripts.Shell(script),
        Labels = Labels().Add(Scripts.Label, script),
    };

    protected ImmutableDictionary<string, string> Labels() =>
        ImmutableDictionary<string, string>.Empty.Add(DockerEngine.TestLabel, _run);

    protected async Task<string> RunAsync(ContainerSpec spec)
    {
        var id = await Containers.CreateAsync(spec, Token);
        await Containers.StartAsync(id, Token);
        return id;
    }

    /// <summary>Runs it until its script says that it hears signals: one that comes earlier is lost.</summary>
    protected async Task<string> RunUntilReadyAsync(ContainerSpec spec)
    {
        var id = await RunAsync(spec);
        await Eventually.ReadAsync(async () => (await ReadAsync(Containers.ReadLogsAsync(id, new LogQuery(), Token))).Out, text => text == "ready\n", "it is ready");
        return id;
    }

    protected async Task<ContainerNetworkInfo> NetworkAsync(string suffix)
    {
        _networks.Add(Name(suffix));
        return await Runtime.Networks.EnsureAsync(new NetworkSpec { Name = Name(suffix), Labels = Labels() }, Token);
    }

    protected async Task<Volume> VolumeAsync(string suffix)
    {
        _volumes.Add(Name(suffix));
        return await Runtime.Volumes.EnsureAsync(Name(suffix), Labels(), Token);
    }

    protected static async Task<RuntimeException> FailsAsync(RuntimeFailure expected, Func<Task> action)
    {
        var exception = await Should.ThrowAsync<RuntimeException>(action);
        exception.Failure.ShouldBe(expected, exception.Message);
        return exception;
    }

    /// <summary>All output, by stream.</summary>
    protected static async Task<(string Out, string Error)> ReadAsync(IAsyncEnumerable<OutputChunk> chunks)
    {
        using var standard = new MemoryStream();
        using var error = new MemoryStream();
        await foreach (var chunk in chunks)
            (chunk.Stream is OutputStream.StandardError ? error : standard).Write(chunk.Data.Span);
        return (Encoding.UTF8.GetString(standard.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
