using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Federation.Dns.Wire;

namespace Federation.Dns.Updates;

/// <summary>
/// Which records of a name the federation has made: a TXT record at <c>_federation.</c> below the name, changed in the same update as they are. So ownership is
/// where the records are, and outlives every process of ours.
/// </summary>
internal static class OwnershipMark
{
    private const string Sign = "federation";
    private const int DigestBytes = 8;

    private static readonly DnsName Label = DnsName.Parse("_federation");

    /// <summary>Null: the name is too long to have a mark.</summary>
    public static DnsName? NameFor(DnsName owner) => Label.Length - 1 + owner.Length <= DnsName.MaxLength ? Label.Under(owner) : null;

    /// <summary>Whose mark a name is; null: it is none.</summary>
    public static DnsName? OwnerOf(DnsName name) => name.Wire.StartsWith(Label.Wire[..^1]) ? name.Parent : null;

    /// <summary>What stands for one record in a mark: type, and the beginning of a digest of its data.</summary>
    public static string TokenOf(RecordType type, string data) =>
        $"{type.ToMnemonic()} {Convert.ToHexString(SHA256.HashData(Convert.FromHexString(data)).AsSpan(0, DigestBytes))}";

    public static WireRecord Write(DnsName mark, uint ttl, IEnumerable<string> tokens) =>
        WireRecord.From(mark, ttl, new TextData([Sign, .. tokens.Order(StringComparer.Ordinal)]));

    /// <summary>The tokens; null: the record is somebody else's.</summary>
    public static ImmutableArray<string>? Read(WireRecord record) => TextOf(record) is [Sign, .. var tokens] ? [.. tokens] : null;

    /// <summary>The strings of a TXT record; empty for data that is none.</summary>
    public static ImmutableArray<string> TextOf(WireRecord record)
    {
        var bytes = record.Type == RecordType.Txt ? Convert.FromHexString(record.Data) : [];
        var strings = ImmutableArray.CreateBuilder<string>();
        for (var at = 0; at < bytes.Length; at += bytes[at] + 1)
        {
            if (at + bytes[at] >= bytes.Length)
                return [];
            strings.Add(Encoding.Latin1.GetString(bytes, at + 1, bytes[at]));
        }

        return strings.ToImmutable();
    }
}

/// <summary>How far a zone of another server has been brought, and by whom: a TXT record that every update goes by and changes, so that two pushers cannot both go on.</summary>
/// <param name="Serial">Of our version.</param>
/// <param name="IsWhole">All of it is there; false: the pusher is at it, or was when it died.</param>
/// <param name="By">A pusher's own random word.</param>
internal sealed record ProgressMark(uint Serial, bool IsWhole, string By)
{
    /// <summary>Whoever it was has ended, and says so.</summary>
    public const string Nobody = "nobody";

    private const string Sign = "federation-progress";

    public static DnsName NameFor(DnsName apex) => DnsName.Parse("_federation-progress").Under(apex);

    public WireRecord Write(DnsName name) =>
        WireRecord.From(name, 0, new TextData([Sign, string.Create(CultureInfo.InvariantCulture, $"serial={Serial}"), IsWhole ? "state=whole" : "state=partial", $"by={By}"]));

    /// <summary>Null: the record is none.</summary>
    public static ProgressMark? Read(WireRecord record) =>
        OwnershipMark.TextOf(record) is [Sign, ['s', 'e', 'r', 'i', 'a', 'l', '=', .. var serial], ['s', 't', 'a', 't', 'e', '=', .. var state], ['b', 'y', '=', .. var by]]
        && uint.TryParse(serial, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new ProgressMark(number, state == "whole", by)
            : null;
}
