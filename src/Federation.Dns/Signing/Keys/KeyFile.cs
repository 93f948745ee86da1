using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Federation.Dns.Wire;

namespace Federation.Dns.Signing.Keys;

/// <summary>Reads and writes keys as BIND, ldns and Knot's keymgr do: <c>K&lt;zone&gt;+013+&lt;tag&gt;.key</c> has the public half, <c>.private</c> the private one with the times.</summary>
public static class KeyFile
{
    public const string PublicEnding = ".key";
    public const string PrivateEnding = ".private";

    private const string TimeFormat = "yyyyMMddHHmmss";

    /// <summary>The name of a key's files, without ending: <c>Kfed.test.+013+12345</c>.</summary>
    public static string NameOf(ZoneKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return string.Create(CultureInfo.InvariantCulture, $"K{key.Zone.ToString().Replace('/', '_')}+{ZoneKey.Algorithm:D3}+{key.Tag:D5}");
    }

    /// <param name="publicText">The text of the file that ends in <c>.key</c>.</param>
    /// <param name="privateText">The text of the file that ends in <c>.private</c>.</param>
    /// <param name="key">The key.</param>
    /// <param name="problem">What is wrong with it, to follow the file's name.</param>
    public static bool TryRead(string publicText, string privateText, [NotNullWhen(true)] out ZoneKey? key, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(publicText);
        ArgumentNullException.ThrowIfNull(privateText);
        (key, problem) = (null, null);
        var fields = publicText.Split('\n').Select(line => line.Split(';')[0].Trim()).FirstOrDefault(line => line.Length > 0)?.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];
        var at = Array.IndexOf(fields, "DNSKEY");
        if (at < 1 || fields.Length < at + 5 || !DnsName.TryParse(fields[0], out var zone))
            problem = "has no DNSKEY record";
        else if (fields[at + 3] != "13")
            problem = $"is of algorithm {fields[at + 3]}; zones are signed with 13 (ECDSA P-256)";
        else if (fields[at + 1] is not ("256" or "257"))
            problem = $"has the flags {fields[at + 1]}; a zone's key has 256 or 257";
        else if (!TryDecode(string.Concat(fields[(at + 4)..]), 2 * ZoneKey.CoordinateLength, out var publicKey))
            problem = "has no public key of 64 bytes";
        else
            problem = TryReadPrivate(privateText, out var privateKey, out var times) ?? Check(key = new ZoneKey(zone, fields[at + 1] == "257", publicKey, privateKey, times));
        if (problem is not null)
            key = null;
        return problem is null;
    }

    public static string WritePublic(ZoneKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"; Key {key.Tag} of {key.Zone}, {(key.IsEntryPoint ? "for the parent's DS" : "for the zone's data")}. Its times are in the other file.\n{key.Zone} IN DNSKEY {key.Flags} 3 {ZoneKey.Algorithm} {Convert.ToBase64String(key.PublicKey.Span)}\n");
    }

    public static string WritePrivate(ZoneKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var text = new StringBuilder("Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\n");
        text.Append(CultureInfo.InvariantCulture, $"PrivateKey: {Convert.ToBase64String(key.PrivateKey.Span)}\n");
        Append(nameof(KeyTimes.Created), key.Times.Created);
        Append(nameof(KeyTimes.Publish), key.Times.Publish);
        Append(nameof(KeyTimes.Activate), key.Times.Activate);
        Append(nameof(KeyTimes.Inactive), key.Times.Inactive);
        Append(nameof(KeyTimes.Delete), key.Times.Delete);
        Append(nameof(KeyTimes.SyncPublish), key.Times.SyncPublish);
        Append(nameof(KeyTimes.SyncDelete), key.Times.SyncDelete);
        return text.ToString();

        void Append(string name, DateTimeOffset? time)
        {
            if (time is { } known)
                text.Append(CultureInfo.InvariantCulture, $"{name}: {known.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\n");
        }
    }

    private static string? TryReadPrivate(string text, out byte[] privateKey, out KeyTimes times)
    {
        (privateKey, times) = ([], new KeyTimes());
        var lines = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n').Select(line => line.Split(':', 2)).Where(line => line.Length == 2))
            lines[line[0].Trim()] = line[1].Trim();
        if (lines.GetValueOrDefault("Algorithm")?.Split(' ')[0] != "13")
            return "has a private half of another algorithm";
        if (!TryDecode(lines.GetValueOrDefault("PrivateKey", ""), ZoneKey.CoordinateLength, out privateKey))
            return "has no private key of 32 bytes";

        string? wrong = null;
        times = new KeyTimes
        {
            Created = Time(nameof(KeyTimes.Created)),
            Publish = Time(nameof(KeyTimes.Publish)),
            Activate = Time(nameof(KeyTimes.Activate)),
            Inactive = Time(nameof(KeyTimes.Inactive)),
            Delete = Time(nameof(KeyTimes.Delete)),
            SyncPublish = Time(nameof(KeyTimes.SyncPublish)),
            SyncDelete = Time(nameof(KeyTimes.SyncDelete)),
        };
        return wrong is null ? null : $"has a time {wrong} that is not 14 digits such as 20260131120000";

        DateTimeOffset? Time(string name)
        {
            if (!lines.TryGetValue(name, out var digits))
                return null;
            if (DateTimeOffset.TryParseExact(digits, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                return time;
            wrong = name;
            return null;
        }
    }

    /// <summary>Whether the halves belong together: signatures with the one would be wrong by the other, and so the whole zone.</summary>
    private static string? Check(ZoneKey key)
    {
        try
        {
            using var opened = key.Open();
            return null;
        }
        catch (CryptographicException)
        {
            return "has a public and a private half that do not belong together";
        }
    }

    private static bool TryDecode(string base64, int length, out byte[] bytes)
    {
        bytes = new byte[length];
        return Convert.TryFromBase64String(base64, bytes, out var written) && written == length;
    }
}
