using Federation.Dns.Signing;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.TestKit.Processes;

namespace Federation.Dns.Tests.Signing;

/// <summary>Keys, and zones signed with them.</summary>
internal static class TestKeys
{
    public static ZoneKey Make(string zone, KeyTimes? times = null, bool isEntryPoint = true) => ZoneKey.Generate(DnsName.Parse(zone), isEntryPoint, times ?? new KeyTimes());

    public static SigningState Sign(TimeProvider? time, SigningCaches caches, params ZoneKey[] keys)
    {
        time ??= TimeProvider.System;
        var state = new SigningState();
        state.Publish(new ZoneSigners(keys.GroupBy(key => key.Zone).Select(zone => new ZoneSigner(zone.Key, KeySchedule.At(zone, time.GetUtcNow()), caches, time))));
        return state;
    }

    public static SigningState Sign(params ZoneKey[] keys) => Sign(null, new SigningCaches(1 << 12), keys);

    /// <summary>A file as <c>delv -a</c> reads it.</summary>
    public static string Anchor(ZoneKey key) =>
        $"trust-anchors {{ {key.Zone} static-key {key.Flags} 3 13 \"{Convert.ToBase64String(key.PublicKey.Span)}\"; }};\n";

    /// <summary>A query that asks for signatures.</summary>
    public static byte[] Query(string name, string type, ushort size = 1232, bool compactOk = false) => TestMessage.Query(name, type, edns: (size, 0, true), compactOk: compactOk);

    /// <summary>What a program printed; it must end well.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var result = await Command.RunAsync(program, arguments);
        result.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }
}
