using Microsoft.Extensions.Hosting;

namespace Federation.Dns.Hosting;

/// <summary>Keeps something as files have it. What goes away or becomes wrong there changes nothing, and is told once; what is wrong at the start stops it.</summary>
internal abstract class SettingsFollower(TimeProvider time) : BackgroundService
{
    /// <summary>How soon a change is noticed.</summary>
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(5);

    private string? _lastProblem;

    protected TimeProvider Time => time;

    /// <exception cref="NameServerStartException">The files cannot be read, or what they say is wrong.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (TryUse() is { } problem)
            throw new NameServerStartException(problem);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var problem = TryUse();
                if (problem is not null && problem != _lastProblem)
                    LogKept(problem);
                _lastProblem = problem;
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>A sentence about what is wrong with the files; null: what they say is in use.</summary>
    protected abstract string? TryUse();

    protected abstract void LogKept(string problem);
}
