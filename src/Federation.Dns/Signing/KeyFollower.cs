using System.Collections.Immutable;
using Federation.Dns.Hosting;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Wire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Signing;

/// <summary>Keeps zones signed with the keys that the directory has, by the times that they carry.</summary>
/// <remarks>
/// What becomes unreadable changes nothing, and a key whose files go away stays in use while its times say so: a directory that is lost must not take
/// the zone's signatures along, for without them resolvers refuse the zone.
/// </remarks>
internal sealed partial class KeyFollower(string directory, SigningState state, SigningCaches caches, TimeProvider time, ILogger<KeyFollower> logger) : BackgroundService
{
    /// <summary>How soon a new key or a time that has come is noticed.</summary>
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(5);

    private ImmutableArray<ZoneKey> _keys = [];
    private string? _lastProblem;

    /// <exception cref="NameServerStartException">The directory cannot be read, or a key in it is wrong.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (TryRead() is { } problem)
            throw new NameServerStartException(problem);
        Apply();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var problem = TryRead();
                if (problem is not null && problem != _lastProblem)
                    LogKept(problem);
                _lastProblem = problem;
                Apply();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>A sentence about what is wrong; null: the keys are those of the directory.</summary>
    private string? TryRead()
    {
        ImmutableArray<ZoneKey> read;
        try
        {
            read = KeyDirectory.Read(directory);
        }
        catch (InvalidDataException wrong)
        {
            return wrong.Message;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The keys of zones cannot be read from '{directory}': {exception.Message}";
        }

        // Keys that are as they were stay the same objects: their zones keep their signatures.
        var kept = read.Select(key => _keys.FirstOrDefault(known => IsSame(known, key)) ?? key).ToList();
        var gone = _keys.Where(known => !read.Any(key => key.Zone.Equals(known.Zone) && key.Tag == known.Tag)).ToList();
        var missed = gone.Where(key => KeySchedule.At([key], time.GetUtcNow()).Published.Length > 0).ToList();
        _keys = [.. kept, .. missed];
        return missed.Count == 0 ? null : $"The files of {string.Join(" and ", missed.Select(key => $"key {key.Tag} of {key.Zone}"))} are gone, though it is in use; it stays so until a restart.";
    }

    private void Apply()
    {
        var now = time.GetUtcNow();
        var before = state.Current;
        var hasChanged = false;
        var signers = new List<ZoneSigner>();
        foreach (var zone in _keys.GroupBy(key => key.Zone))
        {
            var roles = KeySchedule.At(zone, now);
            var signer = before?.Find(zone.Key);
            if (signer?.Roles.IsSameAs(roles) != true)
            {
                signer = new ZoneSigner(zone.Key, roles, caches, time);
                hasChanged = true;
                LogChanged(zone.Key, roles);
            }

            signers.Add(signer);
        }

        if (hasChanged || signers.Count != (before?.All.Count() ?? 0))
            state.Publish(signers.Count == 0 ? null : new ZoneSigners(signers));
    }

    private static bool IsSame(ZoneKey left, ZoneKey right) =>
        left.Zone.Equals(right.Zone) && left.IsEntryPoint == right.IsEntryPoint && left.Times == right.Times
        && left.PublicKey.Span.SequenceEqual(right.PublicKey.Span) && left.PrivateKey.Span.SequenceEqual(right.PrivateKey.Span);

    [LoggerMessage(EventId = 5091, Level = LogLevel.Information, Message = "Keys of zone {Zone}: {Roles}")]
    private partial void LogChanged(DnsName zone, KeyRoles roles);

    [LoggerMessage(EventId = 5092, Level = LogLevel.Warning, Message = "The keys of zones stay what they were. {Problem}")]
    private partial void LogKept(string problem);
}
