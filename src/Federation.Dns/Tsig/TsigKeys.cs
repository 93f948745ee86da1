using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Federation.Dns.Wire;

namespace Federation.Dns.Tsig;

/// <summary>The keys that this server shares with others. Replaced as a whole; safe for any number of threads.</summary>
public sealed class TsigKeys
{
    /// <summary>Below this a secret can be guessed (RFC 8945 section 8 wants no less than half a MAC).</summary>
    private const int ShortestSecret = 16;

    private ImmutableDictionary<DnsName, TsigKey> _keys = ImmutableDictionary<DnsName, TsigKey>.Empty;

    public TsigKey? Find(DnsName name) => Volatile.Read(ref _keys).GetValueOrDefault(name);

    /// <summary>From now on these are the keys, and no others.</summary>
    public void Use(IEnumerable<TsigKey> keys) => Volatile.Write(ref _keys, keys.ToImmutableDictionary(key => key.Name));

    /// <summary>Reads keys from text: name, algorithm (<c>hmac-sha256</c>, <c>hmac-sha512</c>) and secret in base64 on each line; empty lines and those that begin with <c>#</c> count for nothing.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="keys">All keys; empty when one is wrong.</param>
    /// <param name="problem">A sentence about the first line that is wrong; it never repeats a secret.</param>
    public static bool TryParse(string text, out ImmutableArray<TsigKey> keys, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        var read = new Dictionary<DnsName, TsigKey>();
        keys = [];
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var (key, wrong) = ParseLine(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
            if (key is not null && !read.TryAdd(key.Name, key))
                wrong = $"there is another key '{key.Name}' before it";
            if (wrong is null)
                continue;
            problem = $"Line {i + 1} is no key: {wrong}.";
            return false;
        }

        keys = [.. read.Values];
        problem = null;
        return true;
    }

    private static (TsigKey? Key, string? Wrong) ParseLine(string[] fields)
    {
        if (fields.Length != 3)
            return (null, "give its name, its algorithm and its secret");
        if (!DnsName.TryParse(fields[0], out var name) || name.IsRoot)
            return (null, $"'{fields[0]}' is not a domain name");
        if (TsigAlgorithm.Find(fields[1]) is not { } algorithm)
            return (null, $"'{fields[1]}' is neither hmac-sha256 nor hmac-sha512");
        var secret = new byte[fields[2].Length];
        if (!Convert.TryFromBase64String(fields[2], secret, out var length))
            return (null, "its secret is not base64");
        return length < ShortestSecret ? (null, $"its secret has {length} bytes, and {ShortestSecret} are the least") : (new TsigKey(name, algorithm, secret[..length]), null);
    }
}
