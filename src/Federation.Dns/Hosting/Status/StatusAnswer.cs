using System.Globalization;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Hosting.Status;

/// <summary>What <c>_status.&lt;zone&gt;</c> has as TXT: who answers, how far it has come, and since when it hears nothing new. May not be kept.</summary>
internal sealed class StatusAnswer(ZoneState state, string serverId) : ILiveAnswer
{
    public const string Label = "_status";

    public RecordType Type => RecordType.Txt;

    public static DnsName NameIn(DnsName apex) => DnsName.Parse(Label).Under(apex);

    public PreparedAnswer Make()
    {
        var main = state.Current?.Main;
        var cutOff = state.CutOffSince;
        List<string> facts =
        [
            $"{ServerFacts.Server}={serverId}",
            string.Create(CultureInfo.InvariantCulture, $"{ServerFacts.Serial}={main?.Serial ?? 0}"),
            string.Create(CultureInfo.InvariantCulture, $"{ServerFacts.Revision}={main?.Revision ?? 0}"),
            $"{ServerFacts.Feed}={(cutOff is null ? ServerFacts.Connected : ServerFacts.CutOff)}",
            string.Create(CultureInfo.InvariantCulture, $"{ServerFacts.Stale}={Math.Floor(state.Staleness.TotalSeconds):0}"),
        ];
        if (cutOff is { } since)
            facts.Add($"{ServerFacts.Since}={since.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}");
        return PreparedAnswer.Prepare(NameIn(state.Apex), RecordSet.Of(0, new TextData([.. facts])), null);
    }
}

/// <summary>The words of the TXT record; each of its strings is one <c>word=value</c>.</summary>
internal static class ServerFacts
{
    public const string Server = "server";
    public const string Serial = "serial";
    public const string Revision = "revision";
    public const string Feed = "feed";
    public const string Connected = "connected";
    public const string CutOff = "cut-off";
    public const string Stale = "stale-seconds";
    public const string Since = "cut-off-since";
}
