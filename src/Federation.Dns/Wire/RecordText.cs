using System.Globalization;

namespace Federation.Dns.Wire;

/// <summary>Record data as a zone file writes it (RFC 1035 section 5.1).</summary>
internal static class RecordText
{
    public static string Format(RecordData data) => data switch
    {
        AddressData address => address.Address.ToString(),
        NameServerData server => server.Host.ToString(),
        AliasData alias => alias.Target.ToString(),
        StartOfAuthorityData soa => string.Create(
            CultureInfo.InvariantCulture,
            $"{soa.PrimaryServer} {soa.Mailbox} {soa.Serial} {soa.Refresh} {soa.Retry} {soa.Expire} {soa.Minimum}"),
        TextData text => string.Join(' ', text.Strings.Select(Quote)),
        ServiceData service => string.Create(CultureInfo.InvariantCulture, $"{service.Priority} {service.Weight} {service.Port} {service.Target}"),
        _ => throw new System.Diagnostics.UnreachableException($"No text for {data.GetType().Name}."),
    };

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
