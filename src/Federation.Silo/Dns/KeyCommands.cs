using System.Collections.Immutable;
using System.Globalization;
using Federation.Api.Json;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Wire;
using Federation.Silo.Hosting;

namespace Federation.Silo.Dns;

/// <summary>Makes and replaces the keys of signed zones, in the files that name servers read: <c>federation-silo dns-key new|list|roll|confirm ZONE</c>.</summary>
internal static class KeyCommands
{
    public const string Usage = """
        Keys of signed zones, with --dns-zone-keys; give the files to every name server:
          federation-silo dns-key new ZONE               makes the first key of a zone, which is signed from then on
          federation-silo dns-key list ZONE              what each key is now, and when that changes
          federation-silo dns-key roll ZONE              begins to replace the key, or says what the replacement waits for
          federation-silo dns-key confirm ZONE DURATION  the parent has the new DS alone; DURATION is the TTL of the DS there, such as 24h
        """;

    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss'Z'";
    private static readonly string[] Verbs = ["new", "list", "roll", "confirm"];

    internal sealed record Request(string Verb, DnsName Zone, TimeSpan ParentTtl);

    /// <summary>Takes the command off the arguments; null: there is none.</summary>
    /// <exception cref="StartupException">It is not one of those of <see cref="Usage"/>.</exception>
    public static Request? Take(ref string[] arguments)
    {
        if (arguments is not ["dns-key", .. var rest])
            return null;
        if (rest is not [var verb, var name, .. var options] || !Verbs.Contains(verb) || !DnsName.TryParse(name, out var zone) || zone.IsRoot)
            throw new StartupException($"federation-silo dns-key takes {string.Join(", ", Verbs)}, and a zone.");
        var ttl = TimeSpan.Zero;
        if (verb == "confirm")
        {
            if (options is not [var text, .. var others] || !DurationConverter.TryParse(text, out ttl) || ttl <= TimeSpan.Zero)
                throw new StartupException("federation-silo dns-key confirm needs the TTL of the DS records at the parent, such as 24h.");
            options = others;
        }

        arguments = options;
        return new Request(verb, zone, ttl);
    }

    /// <exception cref="StartupException">It cannot be done.</exception>
    public static string Run(Request request, SiloOptions options, DateTimeOffset now)
    {
        var directory = options.DnsZoneKeys ?? throw new StartupException("federation-silo dns-key needs --dns-zone-keys, the directory of the keys.");
        try
        {
            Directory.CreateDirectory(directory);
            ImmutableArray<ZoneKey> keys = [.. KeyDirectory.Read(directory).Where(key => key.Zone.Equals(request.Zone))];
            return request.Verb switch
            {
                "new" => Make(directory, request.Zone, keys, now),
                "list" => List(keys, now),
                "roll" => Write(directory, KeyRollover.Next(keys, now, times => Generate(request.Zone, keys, times))),
                _ => Write(directory, KeyRollover.Confirm(keys, now, request.ParentTtl)),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new StartupException(exception.Message, exception);
        }
    }

    private static string Make(string directory, DnsName zone, ImmutableArray<ZoneKey> keys, DateTimeOffset now)
    {
        if (KeySchedule.At(keys, now).Published.Length > 0)
            throw new StartupException($"{zone} has keys already; dns-key roll replaces them.");
        var times = KeyRollover.First(now);
        var key = Generate(zone, keys, times);
        KeyDirectory.Write(directory, key);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Key {key.Tag} of {zone} is in {directory}. When every name server has signed with it for {(times.SyncPublish - now)!.Value.TotalHours:0.#} h, the parent is to have:\n{key.ParentRecord()}");
    }

    private static string List(ImmutableArray<ZoneKey> keys, DateTimeOffset now)
    {
        if (keys.IsEmpty)
            return "There are no keys.";
        var roles = KeySchedule.At(keys, now);
        return string.Join('\n', keys.Select(key =>
        {
            string[] states =
            [
                key.IsEntryPoint ? "for the parent" : "for data",
                roles.Published.Contains(key) ? "published" : key.Times.Delete <= now ? "gone" : "not published",
                .. roles.DataSigners.Contains(key) ? ["signs data"] : Array.Empty<string>(),
                .. roles.KeySigners.Contains(key) ? ["signs keys"] : Array.Empty<string>(),
                .. roles.ForParent.Contains(key) ? ["DS wanted"] : Array.Empty<string>(),
            ];
            var next = key.Times.Moments.Where(moment => moment > now).Select(moment => moment.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)).FirstOrDefault();
            return $"{key.Tag}: {string.Join(", ", states)}{(next is null ? "" : $"; changes at {next}")}";
        }));
    }

    private static string Write(string directory, RolloverStep step)
    {
        foreach (var key in step.Changed)
            KeyDirectory.Write(directory, key);
        return string.Join('\n', [step.Sentence, .. step.ForParent.Select(key => key.ParentRecord())]);
    }

    /// <summary>With a number that no other key of the zone has: signatures name keys by it.</summary>
    private static ZoneKey Generate(DnsName zone, ImmutableArray<ZoneKey> keys, KeyTimes times)
    {
        while (true)
        {
            var made = ZoneKey.Generate(zone, isEntryPoint: true, times);
            if (!keys.Any(key => key.Tag == made.Tag))
                return made;
        }
    }
}
