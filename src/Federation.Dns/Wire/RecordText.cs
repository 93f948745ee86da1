using System.Globalization;
using System.Text;

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
        PointerData pointer => pointer.Target.ToString(),
        MailData mail => string.Create(CultureInfo.InvariantCulture, $"{mail.Preference} {mail.Exchange}"),
        CertificationData certification => string.Create(CultureInfo.InvariantCulture, $"{certification.Flags} {certification.Tag} {Quote(certification.Value)}"),
        DelegationSignerData signer => string.Create(CultureInfo.InvariantCulture, $"{signer.KeyTag} {signer.Algorithm} {signer.DigestType} {signer.Digest}"),
        OpaqueData opaque => string.Create(CultureInfo.InvariantCulture, $"\\# {opaque.Hex.Length / 2} {opaque.Hex}").TrimEnd(),
        _ => throw new System.Diagnostics.UnreachableException($"No text for {data.GetType().Name}."),
    };

    private static string Quote(string bytes)
    {
        var text = new StringBuilder("\"", bytes.Length + 2);
        foreach (var letter in bytes)
        {
            if (letter is '"' or '\\')
                text.Append('\\').Append(letter);
            else if (letter is >= ' ' and <= '~')
                text.Append(letter);
            else
                text.Append('\\').Append(((int)letter).ToString("D3", CultureInfo.InvariantCulture));
        }

        return text.Append('"').ToString();
    }
}
