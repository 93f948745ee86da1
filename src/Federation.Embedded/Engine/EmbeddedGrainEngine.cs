using Federation.Embedded.Engine;
using Federation.Embedded.Engine.Calls;
using Federation.Embedded.Engine.Observers;
using Federation.Embedded.Engine.Types;

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Federation.Embedded;

/// <summary>
/// Runs grains in this process, with the contract of the distributed engine for the part of its API that the grains use:
/// see docs/adr/0001-grain-engine-seam.md.
/// </summary>
public sealed partial class EmbeddedGrainEngine : IClusterClient, IHostedService, IDisposable
{
    private readonly GrainClasses classes;
#pragma warning disable CA2213 // Without timer or wait handle it holds nothing, and turns may still ask for its state.
    private readonly CancellationTokenSource killed = new();
#pragma warning restore CA2213
    private readonly ITimer collector;
    private long observerCount;

    public EmbeddedGrainEngine(IServiceProvider services, EmbeddedGrainOptions options, TimeProvider time, ILogger<EmbeddedGrainEngine> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ServiceProvider = services;
        Options = options;
        Time = time;
        Logger = logger;
        Killed = killed.Token;
        Executor = (ITurnExecutor?)options.Scheduler ?? ThreadPoolExecutor.Instance;
        Deadlines = new Deadlines(time, options.ResponseTimeout);
        classes = new GrainClasses(options.GrainAssemblies);
        Catalog = new Catalog(this, classes);
        collector = time.CreateTimer(_ => Catalog.Collect(options.CollectionAge), state: null, options.CollectionQuantum, options.CollectionQuantum);
    }

    public IServiceProvider ServiceProvider { get; }

    /// <summary>Grains in memory now.</summary>
    public int ActivationCount => Catalog.Count;

    internal EmbeddedGrainOptions Options { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal CancellationToken Killed { get; }

    internal ITurnExecutor Executor { get; }

    internal Deadlines Deadlines { get; }

    internal Catalog Catalog { get; }

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => ReferenceTo<TGrainInterface>(primaryKey, grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => ReferenceTo<TGrainInterface>(primaryKey.ToString("N"), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => ReferenceTo<TGrainInterface>(primaryKey.ToString("X"), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => References.Create<TGrainInterface>(new GrainTarget(this, grainId));

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) =>
        (IGrain)References.Create(grainInterfaceType, TargetOf(grainInterfaceType, grainPrimaryKey, grainClassNamePrefix: null));

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(obj);
        if (obj is GrainReference or IGrainBase || obj is not TGrainObserverInterface)
            throw new ArgumentException($"{obj.GetType()} must be an object of its own that implements {typeof(TGrainObserverInterface)}.", nameof(obj));

        var id = GrainId.Create("observer", Interlocked.Increment(ref observerCount).ToString());
        return References.Create<TGrainObserverInterface>(new ObserverTarget(this, id, obj));
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        if ((obj as GrainReference)?.Target is not ObserverTarget target)
            throw new ArgumentException("Only what CreateObjectReference returned can be deleted.", nameof(obj));
        target.Delete();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Deactivates every grain; what has not ended when the time is up is dropped.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var count = ActivationCount;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = Time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), deadline, Options.StopTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            await Catalog.CloseAsync().WaitAsync(deadline.Token);
            LogStopped(Logger, count);
        }
        catch (OperationCanceledException)
        {
            LogDropped(Logger, ActivationCount, count);
        }

        Kill();
    }

    /// <summary>
    /// Ends the engine as a crash would: nothing of it runs any further, not even a continuation, and every caller gets a
    /// <see cref="SiloUnavailableException"/>. For tests.
    /// </summary>
    public void Kill()
    {
        if (killed.IsCancellationRequested)
            return;

        killed.Cancel();
        collector.Dispose();
        Catalog.Abandon();
        Deadlines.RejectAll(static () => new SiloUnavailableException());
        Deadlines.Dispose();
    }

    /// <summary>Kills it if it was not stopped; the container may do so once per registration.</summary>
    public void Dispose() => Kill();

    private TGrainInterface ReferenceTo<TGrainInterface>(string key, string? grainClassNamePrefix) =>
        References.Create<TGrainInterface>(TargetOf(typeof(TGrainInterface), key, grainClassNamePrefix));

    private GrainTarget TargetOf(Type interfaceType, string key, string? grainClassNamePrefix)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return new GrainTarget(this, GrainId.Create(classes.Implementing(interfaceType, grainClassNamePrefix).Name, key));
    }

    [LoggerMessage(EventId = 4901, Level = LogLevel.Information, Message = "The grain engine stopped after deactivating {Count} grains")]
    private static partial void LogStopped(ILogger logger, int count);

    [LoggerMessage(EventId = 4902, Level = LogLevel.Warning, Message = "The grain engine stopped in time with {Left} of {Count} grains not deactivated")]
    private static partial void LogDropped(ILogger logger, int left, int count);
}
