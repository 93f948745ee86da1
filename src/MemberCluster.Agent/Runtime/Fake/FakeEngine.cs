using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>What a fake engine is.</summary>
public sealed record FakeEngineOptions
{
    /// <summary>Part of every id, so that two engines never share one.</summary>
    public string Name { get; init; } = "fake";

    public int Cpus { get; init; } = 8;

    public long MemoryBytes { get; init; } = 16L << 30;

    public long DiskTotalBytes { get; init; } = 100L << 30;

    public long DiskFreeBytes { get; init; } = 80L << 30;

    /// <summary>Container addresses are 127.this.x.y: every one a loopback address of its own that a listener can really bind.</summary>
    public byte AddressOctet { get; init; } = 100;

    /// <summary>Where the files of volumes are; null: nowhere.</summary>
    public string? VolumesRoot { get; init; }
}

/// <summary>
/// A container engine in memory. It outlives the agents connected to it (<see cref="Connect"/>), as a real one does. Only
/// its <see cref="TimeProvider"/> moves it; ids and addresses come from counters, so a run can be repeated exactly.
/// </summary>
public sealed class FakeEngine
{
    internal const string EngineVersion = "fake-1";
    private readonly ConcurrentDictionary<string, FakeImageEntry> _images = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FakeRegistryEntry> _registry = new(StringComparer.Ordinal);
    private volatile bool _isDown;

    public FakeEngine(TimeProvider time, FakeEngineOptions? options = null)
    {
        Time = time;
        Options = options ?? new FakeEngineOptions();
        Faults = new FakeFaults(time);
        Events = new FakeEventLog(time);
        Store = new FakeContainerStore(this);
        Resources = new FakeResources(Options);
    }

    public FakeEngineOptions Options { get; }

    public FakeFaults Faults { get; }

    /// <summary>Decides what a container does, at each of its starts. Default: the program its image was added with.</summary>
    /// <remarks>Asked with the container as it is before the start, and with how often it was started before.</remarks>
    public Func<ContainerSpec, int, FakeProgram?>? ProgramFor { get; set; }

    /// <summary>
    /// Like a stopped engine daemon: every operation fails with <see cref="RuntimeFailure.EngineUnavailable"/> and event streams end,
    /// while containers run on.
    /// </summary>
    public bool IsDown
    {
        get => _isDown;
        set
        {
            _isDown = value;
            if (value)
                Events.EndSubscriptions();
        }
    }

    /// <summary>How many containers run now.</summary>
    public int RunningCount => Store.RunningCount;

    /// <summary>Every start there ever was.</summary>
    public int StartCount => Store.StartCount;

    internal TimeProvider Time { get; }

    internal FakeEventLog Events { get; }

    internal FakeContainerStore Store { get; }

    internal FakeResources Resources { get; }

    internal IReadOnlyCollection<FakeImageEntry> LocalImages => [.. _images.Values];

    /// <summary>A new connection, as an agent makes at its start. Disposing it changes nothing in the engine.</summary>
    public IContainerRuntime Connect() => new FakeRuntime(this);

    /// <summary>Puts an image on the machine. What its containers do: <paramref name="program"/>, or <see cref="FakeProgram.Forever"/>.</summary>
    public void AddImage(string reference, FakeProgram? program = null, string? content = null)
    {
        var key = Key(reference);
        _images[key] = new FakeImageEntry(key, IdOf(content ?? key), program ?? FakeProgram.Forever);
    }

    /// <summary>Whether an image is on the machine.</summary>
    public bool Has(string reference) => FindImage(reference) is not null;

    /// <summary>What a registry's image is called by its content.</summary>
    public static string DigestOf(string reference, string content) => $"{ImageReference.Parse(Key(reference)).Name}@{IdOf(content)}";

    /// <summary>Puts a pulled image on the machine.</summary>
    internal void AddPulled(string reference, FakeRegistryEntry entry)
    {
        var key = Key(reference);
        _images[key] = new FakeImageEntry(key, IdOf(entry.Content), entry.Program) { RepoDigest = DigestOf(reference, entry.Content) };
    }

    /// <summary>Puts an image into the registry, to be pulled; with <paramref name="auth"/>, by those only.</summary>
    /// <param name="reference">Its name.</param>
    /// <param name="program">What its containers do.</param>
    /// <param name="auth">Credentials asked for.</param>
    /// <param name="content">What its id is made of; by default its name, so that a tag moved to other content is told by another value.</param>
    public void AddRegistryImage(string reference, FakeProgram? program = null, RegistryAuth? auth = null, string? content = null)
    {
        var entry = new FakeRegistryEntry(program ?? FakeProgram.Forever, auth, content ?? Key(reference));
        _registry[Key(reference)] = entry;
        // A tag may move on to other content; this never does.
        _registry[DigestOf(reference, entry.Content)] = entry;
    }

    /// <summary>All containers, running or not, as they are now.</summary>
    public ImmutableArray<Container> Snapshot() => Store.Snapshot();

    /// <summary>What a container was made from.</summary>
    public ContainerSpec SpecOf(string container) => Store.Get(container).Spec;

    /// <summary>Ends a running container as its own crash would.</summary>
    public void Crash(string container, int exitCode = 1, bool outOfMemory = false) => Store.Get(container).Exit(exitCode, outOfMemory);

    /// <summary>Ends every container, as a power failure of the machine does.</summary>
    public void CrashAll()
    {
        foreach (var container in Store.Running())
            container.Exit(137, outOfMemory: false);
    }

    internal FakeImageEntry? FindImage(string reference) =>
        reference.StartsWith("sha256:", StringComparison.Ordinal)
            ? _images.Values.OrderBy(image => image.RepoDigest is null).FirstOrDefault(image => image.Id == reference)
            : _images.GetValueOrDefault(Key(reference)) ?? _images.Values.FirstOrDefault(image => image.RepoDigest == Key(reference));

    internal bool RemoveImage(string key) => _images.TryRemove(key, out _);

    internal FakeRegistryEntry? FindInRegistry(string reference) => _registry.GetValueOrDefault(Key(reference));

    internal IPAddress AddressAt(int index) => new([127, Options.AddressOctet, (byte)(index / 254 % 256), (byte)((index % 254) + 1)]);

    internal async Task BeforeAsync(FakeOperation operation, string subject, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfDown();
        await Faults.ApplyAsync(operation, subject, cancellationToken);
        ThrowIfDown();
    }

    internal static string IdOf(string content) => $"sha256:{FakeContainerStore.Hash(content)}";

    /// <summary>"docker.io/library/busybox", "busybox" and "busybox:latest" are one.</summary>
    internal static string Key(string reference)
    {
        var name = ImageReference.Parse(reference).ToString();
        foreach (var implied in (ReadOnlySpan<string>)["docker.io/library/", "docker.io/"])
        {
            if (name.StartsWith(implied, StringComparison.Ordinal))
                return name[implied.Length..];
        }

        return name;
    }

    private void ThrowIfDown()
    {
        if (IsDown)
            throw new RuntimeException(RuntimeFailure.EngineUnavailable, $"No container engine answers at {Options.Name}: connection refused");
    }
}

internal sealed record FakeImageEntry(string Key, string Id, FakeProgram Program)
{
    public string? RepoDigest { get; init; }
}

internal sealed record FakeRegistryEntry(FakeProgram Program, RegistryAuth? Auth, string Content);
