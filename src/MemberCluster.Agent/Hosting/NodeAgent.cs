using System.Collections.Immutable;
using System.Reflection;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Data;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.NodeRole;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Names;
using MemberCluster.Agent.Pets;
using MemberCluster.Agent.Pets.Watching;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Pods.Hooks;
using MemberCluster.Agent.Pods.Security;
using MemberCluster.Agent.Pods.Volumes;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Snapshots;
using MemberCluster.Agent.Streams;
using MemberCluster.Agent.Usage;
using MemberCluster.Agent.Volumes;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Hosting;

/// <summary>What an agent is made of, besides its options. Tests replace what they like.</summary>
internal sealed record AgentParts
{
    public required IContainerRuntime Runtime { get; init; }
    public required IControlPlane ControlPlane { get; init; }
    public required ILoggerFactory Loggers { get; init; }
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What ends fenced pets when the agent cannot, for the directory where they tell each other; null: nothing does.</summary>
    public Func<string, IWatchdog>? Watchdog { get; init; }

    /// <summary>For jitter only.</summary>
    public Random Random { get; init; } = new();

    /// <summary>Uids of pods and of the reporting session.</summary>
    public Func<string> NewUid { get; init; } = () => Guid.NewGuid().ToString();

    /// <summary>Asked when the agent stops: true when another one takes over at once, so that traffic need not leave.</summary>
    public Func<bool> HasSuccessor { get; init; } = () => false;

    /// <summary>Of role node alone: the certificate by which the control plane, its cluster agent, is known.</summary>
    public CertificatePin? Pin { get; init; }

    /// <summary>How the agent gets its credential. Null: from the control plane, for a join token.</summary>
    public IJoining? Joining { get; init; }

    /// <summary>Called when the engine was found good enough to start with.</summary>
    public Action EngineChecked { get; init; } = () => { };

    /// <inheritdoc cref="Reporter.Window"/>
    public TimeSpan ReportWindow { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What serves exposed ports.</summary>
    public ServicePlaneChoice ServicePlane { get; init; } = ServicePlaneChoice.Proxy;

    /// <summary>Null: the real probes.</summary>
    public IProber? Prober { get; init; }
}

/// <summary>What runs pods on one engine: puts the parts together, runs them, and ends them in order.</summary>
/// <remarks>
/// <code>
/// works stream ─▶ WorkShelf ─▶ PodController ─▶ engine
///                                ▲  │  └─▶ probes, service proxy
///           engine events ───────┘  └────▶ ReportContents ─▶ Reporter ─▶ control plane
/// </code>
/// </remarks>
internal sealed partial class NodeAgent : IAsyncDisposable
{
    private static readonly TimeSpan LeaveAtMost = TimeSpan.FromSeconds(2);

    private readonly AgentOptions _options;
    private readonly AgentParts _parts;
    private readonly ILogger<NodeAgent> _logger;
    private readonly WorkShelf _shelf;
    private readonly WorksFollower _follower;
    private readonly PodController _pods;
    private readonly PodExecutor _executor;
    private readonly ImagePuller _puller;
    private readonly VolumeUpdater _volumes;
    private readonly VolumeKeeper _claims;
    private readonly SnapshotKeeper _snapshots;
    private readonly ImageGarbage _images;
    private readonly Prober? _prober;
    private readonly ProbeRunner _probes;
    private readonly IServicePlane _plane;
    private readonly ContainerNames _names;
    private readonly EngineWatcher _engine;
    private readonly AgentEvents _events;
    private readonly Reporter _reporter;
    private readonly StreamServer _streams;
    private readonly UsageSampler _usage;
    private readonly MachineSampler _machine;
    private readonly ClusterState _cluster;
    private readonly IJoining _joining;
    private readonly FenceGuard _guard;

    public NodeAgent(AgentOptions options, AgentParts parts)
    {
        (_options, _parts) = (options, parts);
        var (time, loggers) = (parts.Time, parts.Loggers);
        _logger = loggers.CreateLogger<NodeAgent>();
        var retry = new Retry(time, parts.Random);
        var contents = new ReportContents();
        var ticks = new Ticks();
        Lease = new Lease(time);
        var directories = new DataDirectories(options.Data, RuntimeDirectory.Open(options.RuntimeDirectory, RuntimeDirectory.OwnerOf(options.Cluster, options.Data)));
        var secrets = new SecretKeep(directories.Runtime, loggers.CreateLogger<SecretKeep>());
        _shelf = new WorkShelf(new WorkFiles(options.Data, secrets, loggers.CreateLogger<WorkFiles>()), loggers.CreateLogger<WorkShelf>());
        _follower = new WorksFollower(parts.ControlPlane, _shelf, retry, time, loggers.CreateLogger<WorksFollower>());
        var boot = BootTime.Beside(time);
        var permission = new Permission(boot);
        _reporter = new Reporter(parts.ControlPlane, contents, Lease, retry, parts.NewUid(), () => _shelf.StoredPosition, time, loggers.CreateLogger<Reporter>()) { Window = parts.ReportWindow, Permission = permission, Boot = boot };
        _events = new AgentEvents(contents, _reporter.Poke, options.Cluster, time);

        // The loop comes last and its helpers call it: they only do so once it runs.
        _plane = ServicePlanes.Create(parts.ServicePlane, time, loggers, state => _pods!.OnListener(state));
        _reporter.TrafficApplied = _plane.AppliedAsync;
        _prober = parts.Prober is null ? new Prober(parts.Runtime.Containers, time) : null;
        var clock = new SteadyClock(time);
        _probes = new ProbeRunner(parts.Prober ?? _prober!, clock, time, verdict => _pods!.OnVerdict(verdict));
        var pulled = new PulledImages(options.Data, loggers.CreateLogger<PulledImages>());
        _puller = new ImagePuller(parts.Runtime.Images) { Pulled = image => pulled.Pulled(image.Id, time.GetUtcNow()) };
        _images = new ImageGarbage(parts.Runtime, pulled, () => _shelf.Book.Held.Values.Select(held => held.Work).OfType<Federation.Api.Agents.Work>(), options.ImageGc, _events, time, loggers.CreateLogger<ImageGarbage>());
        var hooks = new PodHooks(parts.Prober ?? _prober!, parts.Runtime.Containers, time);
        var readers = new VolumeReaders();
        var volumes = new PodVolumes(new PodDirectories(options.Data), parts.Runtime.Volumes, readers, loggers.CreateLogger<PodVolumes>());
        var ending = new ContainerEnding(hooks, parts.Runtime.Containers, _events, time);
        _volumes = new VolumeUpdater(directories, HeldWork, time, loggers.CreateLogger<VolumeUpdater>());
        var data = new PodData(directories, parts.Runtime.Containers, HeldWork, time);
        var epochs = new EpochKeep(options.Data);
        var watchdog = parts.Watchdog?.Invoke(directories.Runtime.Path);
        _guard = new FenceGuard(
            permission, watchdog, !options.AllowUnguardedPets, () => _shelf.Book.Position, FormOf(options, watchdog), boot, time, loggers.CreateLogger<FenceGuard>());
        var gate = new PetGate(_guard, epochs, () => _shelf.Book, parts.Runtime.Containers);
        _executor = new PodExecutor(parts.Runtime, new PodTools(_puller, volumes, data, hooks, ending, _events, _plane.DrainAsync, gate));
        var names = new NameOptions
        {
            Zone = options.ZoneName,
            Region = options.Region,
            Federation = options.DnsServers,
            Outside = NameOptions.ResolversIn("/etc/resolv.conf"),
        };
        _names = new ContainerNames(names, options.ListenAddresses, time, loggers.CreateLogger<ContainerNames>());
        var publisher = new PodPublisher(_probes, _plane, _names, contents, _volumes, _events, _reporter.Poke, options.ListenAddresses, time);
        var cluster = _cluster = new ClusterState(contents, _reporter.Poke, options, Version, time);
        var directory = OpenSnapshots(options.Snapshots);
        var settings = new PodSettings
        {
            Cluster = options.Cluster,
            Region = options.Region,
            Zone = options.Zone,
            Host = options.Node,
            ServicePlane = parts.ServicePlane,
            Names = _names,
            HostIP = options.Addresses.FirstOrDefault()?.ToString(),
            NodeLabels = options.NodeLabels,
            Taints = options.Taints,
            Permissions = new PodPermissions { Privileged = options.AllowPrivileged, HostPaths = options.AllowHostPaths },
            SnapshotDirectory = directory?.Root,
        };
        var copy = new VolumeCopy(options.Cluster, parts.Runtime.Volumes, parts.ControlPlane, readers, new CopyFiles(options.Data), time);
        _claims = new VolumeKeeper(copy, HeldWork, HasPodAsync, uids => _pods!.OnWorksChanged(uids), retry, time, loggers.CreateLogger<VolumeKeeper>());
        volumes.Used = _claims.OnUsed;
        _pods = new PodController(
            settings, _shelf, new StepRunner(_executor, parts.Runtime.Containers, ticks), publisher, cluster, _events, ticks, _guard, epochs, _claims, parts.NewUid, clock, time,
            loggers.CreateLogger<PodController>())
        { Settled = _reporter.Open, TrafficKnown = _plane.Open, Adopted = uids => { volumes.RemoveLeftovers(uids); _volumes.RemoveLeftovers(uids); } };

        _engine = new EngineWatcher(parts.Runtime, options.Cluster, _pods, ticks, time, loggers.CreateLogger<EngineWatcher>()) { NetworkKnown = network => _names.Serve(network, settings) };
        var taken = new TakenVolumes(options.Cluster, parts.Runtime.Volumes);
        var items = new SnapshotSource(taken, directory);
        _snapshots = NewSnapshots(taken, items, directory, settings, contents, retry);
        var source = new VolumeSource(options.Cluster, parts.Runtime.Volumes, readers, IsNeededAsync, items);
        _streams = new StreamServer(parts.ControlPlane, parts.Runtime.Containers, _pods, source, new StreamRequests(parts.ControlPlane, retry, loggers.CreateLogger<StreamRequests>()), time, loggers.CreateLogger<StreamServer>());
        _usage = new UsageSampler(parts.Runtime.Containers, _pods, contents, time, loggers.CreateLogger<UsageSampler>());
        _machine = new MachineSampler(parts.Runtime, cluster, time);
        _joining = parts.Joining ?? new Joining(parts.ControlPlane, options, retry, loggers.CreateLogger<Joining>());
        _shelf.Changed = uids =>
        {
            _pods.OnWorksChanged(uids);
            _claims.OnWorksChanged(uids);
            _snapshots.OnWorksChanged(uids);
        };
        _shelf.Applied = _guard.Renew;
        _reporter.Answered = _guard.Renew;
        _guard.Renewed = _pods.OnFenceRenewed;
        _guard.Told = news => Tell(isWarning: true, "PetsEnded", news);
        _guard.GuardChanged = problem => cluster.Guard(problem is null ? null : new Trouble(Reasons.WatchdogMissing, problem));
        _follower.Evictions = _pods.OnEvictions;
        _reporter.GoneAcknowledged = uids => _shelf.Forget(uids);
    }

    public static string Version { get; } =
        typeof(NodeAgent).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>The cluster's lease as this agent may count on it.</summary>
    public Lease Lease { get; }

    /// <summary>Runs until cancelled; then says goodbye (unless a successor takes over at once), leaves the pods running, and ends the proxy last.</summary>
    /// <exception cref="AgentStartException">It cannot start.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Load();
        await CheckEngineAsync(cancellationToken);
        _parts.EngineChecked();
        using var working = new CancellationTokenSource();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(working.Token, cancellationToken);
        // What runs is taken care of from the first moment; joining may take a while.
        ImmutableArray<Task> local =
        [
            _pods.RunAsync(working.Token),
            _engine.RunAsync(working.Token),
            _volumes.RunAsync(working.Token),
            _claims.RunAsync(working.Token),
            _snapshots.RunAsync(working.Token),
            _images.RunAsync(working.Token),
            new StoreKeeper(_shelf.RetryStore, () => _shelf.Problem, Tell, _parts.Time).RunAsync(working.Token),
            _usage.RunAsync(working.Token),
            _guard.RunAsync(working.Token),
            _machine.RunAsync(working.Token),
        ];
        ImmutableArray<Task> remote = [];
        try
        {
            await _joining.JoinAsync(Version, linked.Token);
            remote = [_reporter.RunAsync(linked.Token), _follower.RunAsync(linked.Token), _streams.RunAsync(linked.Token)];
            await await Task.WhenAny([.. local, .. remote]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(remote).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            using var limit = new CancellationTokenSource(LeaveAtMost, _parts.Time);
            if (!remote.IsEmpty && !_parts.HasSuccessor())
                await _reporter.LeaveAsync(limit.Token);
            LogLeft();
        }
        finally
        {
            await working.CancelAsync();
            await Task.WhenAll([.. local, .. remote]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _probes.DisposeAsync();
        _prober?.Dispose();
        _pods.Dispose();
        _executor.Dispose();
        _claims.Dispose();
        _snapshots.Dispose();
        _guard.Dispose();
        _puller.Dispose();
        await _names.DisposeAsync();
        await _plane.DisposeAsync();
    }

    private Task<bool> HasPodAsync(PetKey pet, CancellationToken cancellationToken) =>
        _pods.AskAsync(uids => uids.GetValueOrDefault(pet.Uid)?.Pods.Values.Any(pod => pod.Identity.Epoch is not null && pod.Identity.Ordinal == pet.Ordinal) == true, cancellationToken);

    private Task<bool> IsNeededAsync(Federation.Api.Agents.PodName pet, string uid, int ordinal, CancellationToken cancellationToken) =>
        _pods.AskAsync(uids => VolumeSource.IsNeeded(uids, _shelf.Book.Held.GetValueOrDefault(uid), pet, uid, ordinal), cancellationToken);

    private SnapshotKeeper NewSnapshots(TakenVolumes taken, SnapshotSource items, SnapshotDirectory? directory, PodSettings settings, ReportContents contents, Retry retry)
    {
        var (runtime, time, loggers) = (_parts.Runtime, _parts.Time, _parts.Loggers);
        var pets = new StillPets(
            (pet, epoch, token) => _pods.RunsAsync(pet.Uid, pet.Ordinal, epoch, token), (pet, epoch, token) => _pods.HoldStillAsync(pet.Uid, pet.Ordinal, epoch, token), pet => _pods.LetGo(pet.Uid, pet.Ordinal));
        var stilling = new PetStilling(pets, runtime.Containers, retry, time, loggers.CreateLogger<PetStilling>());
        var taker = new SnapshotTaker(settings.Cluster, runtime, taken, new TakenFiles(_options.Data), stilling, HeldWork, time);
        // What is on this very machine need not go round by the control plane.
        var storer = new SnapshotStorer(
            directory, (what, query, token) => what.FromCluster == settings.Cluster && what.FromNode == settings.Node ? items.OpenTakenAsync(query, token) : _parts.ControlPlane.OpenSnapshotAsync(query, token), time);
        return new SnapshotKeeper(taker, storer, uid => _shelf.Book.Held.GetValueOrDefault(uid), Publish, time, loggers.CreateLogger<SnapshotKeeper>());

        void Publish(string uid, Federation.Api.Agents.WorkStatus? status)
        {
            if (status is null)
                contents.RemoveWork(uid);
            else if (contents.SetWork(status))
                _reporter.Poke();
        }
    }

    /// <summary>A disk that is not there keeps snapshots away, and nothing else.</summary>
    private SnapshotDirectory? OpenSnapshots(string? path)
    {
        if (path is null)
            return null;
        var directory = new SnapshotDirectory(path);
        if (directory.Check() is not { } problem)
            return directory;
        LogNoSnapshots(problem);
        return null;
    }

    private Federation.Api.Agents.Work? HeldWork(string uid) => _shelf.Book.Held.GetValueOrDefault(uid)?.Work;

    /// <summary>What the watchdog is told beside the deadline.</summary>
    private static FenceRecord FormOf(AgentOptions options, IWatchdog? watchdog) => new()
    {
        Agent = Environment.ProcessId,
        AgentStarted = watchdog?.StartOf(Environment.ProcessId) ?? 0,
        Engine = options.Docker,
        Label = $"{Federation.Api.PodLabels.Cluster}={options.Cluster}",
    };

    /// <summary>Of one machine alone the cluster is told of, too.</summary>
    private void Tell(bool isWarning, string reason, string message)
    {
        _events.OfCluster(isWarning, reason, message);
        _events.OfNode(_cluster.Node, isWarning, reason, message);
    }

    private void Load()
    {
        try
        {
            Directory.CreateDirectory(_options.Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            _shelf.Load();
            _claims.OnWorksChanged(_shelf.Book.Held.Keys);
            _snapshots.OnWorksChanged(_shelf.Book.Held.Keys);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The data directory {_options.Data} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>The first start needs an engine; a later one has pods to look after, and waits for it.</summary>
    private async Task CheckEngineAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _parts.Runtime.PingAsync(cancellationToken);
        }
        catch (RuntimeException exception) when (!_joining.HasJoined)
        {
            throw new AgentStartException(
                exception.Failure == RuntimeFailure.PermissionDenied
                    ? $"This user may not talk to the container engine at {_options.Docker}: add it to the engine's group, or run as root."
                    : $"No container engine answers at {_options.Docker}: {exception.Message}",
                exception);
        }
        catch (RuntimeException exception)
        {
            LogEngineAway(exception.Message);
        }
    }

    [LoggerMessage(EventId = 710, Level = LogLevel.Information, Message = "The agent leaves; its pods run on")]
    private partial void LogLeft();

    [LoggerMessage(EventId = 712, Level = LogLevel.Error, Message = "No snapshots of pets' volumes are stored on this machine until its agent starts again. {Problem}")]
    private partial void LogNoSnapshots(string problem);

    [LoggerMessage(EventId = 711, Level = LogLevel.Warning, Message = "The container engine is away; what is known is kept until it is back. {Problem}")]
    private partial void LogEngineAway(string problem);
}
