using System.Collections.Immutable;
using Federation.Dns.Hosting;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Wire;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Signing;

/// <summary>Keeps zones signed with the keys that the directory has, by the times that they carry.</summary>
/// <remarks>
/// What becomes unreadable changes nothing, and a key whose files go away stays in use while its times say so: a directory that is lost must not take
/// the zone's signatures along, for without them resolvers refuse the zone.
/// </remarks>
internal sealed partial class KeyFollower(string directory, SigningState state, SigningCaches caches, TimeProvider time, ILogger<KeyFollower> logger) : SettingsFollower(time)
{
    private ImmutableArray<ZoneKey> _keys = [];

    /// <summary>The keys as the directory has them, and what the time makes of them.</summary>
    protected override string? TryUse()
    {
        var problem = TryRead();
        Apply();
        return problem;
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
        var missed = gone.Where(key => KeySchedule.At([key], Time.GetUtcNow()).Published.Length > 0).ToList();
        _keys = [.. kept, .. missed];
        return missed.Count == 0 ? null : $"The files of {string.Join(" and ", missed.Select(key => $"key {key.Tag} of {key.Zone}"))} are gone, though it is in use; it stays so until a restart.";
    }

    private void Apply()
    {
        var now = Time.GetUtcNow();
        var before = state.Current;
        var hasChanged = false;
        var signers = new List<ZoneSigner>();
        foreach (var zone in _keys.GroupBy(key => key.Zone))
        {
            var roles = KeySchedule.At(zone, now);
            var signer = before?.Find(zone.Key);
            if (signer?.Roles.IsSameAs(roles) != true)
            {
                signer = new ZoneSigner(zone.Key, roles, caches, Time);
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

    protected override void LogKept(string problem) => LogNotUsed(problem);

    [LoggerMessage(EventId = 5091, Level = LogLevel.Information, Message = "Keys of zone {Zone}: {Roles}")]
    private partial void LogChanged(DnsName zone, KeyRoles roles);

    [LoggerMessage(EventId = 5092, Level = LogLevel.Warning, Message = "The keys of zones stay what they were. {Problem}")]
    private partial void LogNotUsed(string problem);
}
