using Federation.Embedded;
using Federation.Embedded.Simulation;
using Federation.TestKit.Time;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Federation.TestKit.Engine;

/// <summary>
/// Grains on one thread, a manual clock and a seed: the same seed and program take the same course. Hosted services are not started;
/// the simulation drives what they would do. Time moves only when nothing else can happen.
/// </summary>
public sealed class SimulatedGrainCluster : IDisposable
{
    private readonly Action<IServiceCollection> services;
    private readonly GrainTestClusterOptions options;
    private ServiceProvider provider;

    /// <param name="seed">Print it when a test fails.</param>
    /// <param name="options">As for a <see cref="GrainTestCluster"/>.</param>
    /// <param name="services">Services of the silo; runs again after every crash.</param>
    public SimulatedGrainCluster(int seed, GrainTestClusterOptions options, Action<IServiceCollection> services)
    {
        this.services = services;
        this.options = options;
        Scheduler = new SeededScheduler(seed);
        provider = Build();
    }

    public SeededScheduler Scheduler { get; }

    public ManualTimeProvider Time { get; } = new();

    public IServiceProvider Services => provider;

    public EmbeddedGrainEngine Engine => provider.GetRequiredService<EmbeddedGrainEngine>();

    public IGrainFactory GrainFactory => Engine;

    /// <summary>Runs code outside the grains to its end, moving the clock to the next due timer whenever nothing else can happen.</summary>
    /// <exception cref="InvalidOperationException">The code waits for something that can never happen.</exception>
    public void Run(Func<Task> code) => Run(async () =>
    {
        await code();
        return true;
    });

    /// <inheritdoc cref="Run(Func{Task})"/>
    public T Run<T>(Func<Task<T>> code)
    {
        var running = Scheduler.Start(code);
        while (!running.IsCompleted)
        {
            if (Scheduler.Step())
                continue;
            if (Time.NextDue is not { } due)
                throw new InvalidOperationException($"Seed {Scheduler.Seed}, step {Scheduler.Steps}: nothing can happen any more, and the code has not ended.");
            Time.Advance(due > Time.GetUtcNow() ? due - Time.GetUtcNow() : TimeSpan.Zero, Settle);
        }

        return running.GetAwaiter().GetResult();
    }

    /// <summary>Lets time pass: every timer fires at its own time, and all that follows from it happens before the next one.</summary>
    public void Advance(TimeSpan time)
    {
        Settle();
        Time.Advance(time, Settle);
    }

    /// <summary>Ends the engine as a crash does and starts another one with services of its own.</summary>
    public void Crash()
    {
        Engine.Kill();
        provider.Dispose();
        provider = Build();
    }

    public void Dispose() => provider.Dispose();

    private void Settle() => Scheduler.RunUntilIdle();

    private ServiceProvider Build()
    {
        var collection = new ServiceCollection();
        collection.AddLogging(logging => logging.ClearProviders());
        collection.AddSingleton<TimeProvider>(Time);
        services(collection);
        collection.AddEmbeddedGrains(engine =>
        {
            foreach (var assembly in options.GrainAssemblies)
                engine.GrainAssemblies.Add(assembly);
            engine.ResponseTimeout = options.ResponseTimeout;
            engine.CollectionAge = options.CollectionAge;
            engine.CollectionQuantum = options.CollectionQuantum;
            engine.Scheduler = Scheduler;
        });
        return collection.BuildServiceProvider();
    }
}
