using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>What a server says of itself to who asks in class CHAOS (RFC 4892): who it is, if it was given a name, and what program.</summary>
internal sealed class ServerIdentity
{
    /// <summary>Without a number: that would tell strangers which mistakes it still has.</summary>
    private const string Program = "Federation";

    private readonly (DnsName Name, PreparedAnswer Answer)[] _answers;

    /// <param name="id">At most 64 letters of ASCII; empty: the server does not say.</param>
    public ServerIdentity(string id) => _answers =
    [
        .. id.Length == 0 ? [] : Say(id, "id.server", "hostname.bind"),
        .. Say(Program, "version.server", "version.bind"),
    ];

    /// <param name="name">In lower case and wire form.</param>
    /// <param name="type">Asked for; all there is is text.</param>
    public PreparedAnswer? Find(ReadOnlySpan<byte> name, RecordType type)
    {
        foreach (var (known, answer) in _answers)
        {
            if (type == RecordType.Txt && known.Wire.SequenceEqual(name))
                return answer;
        }

        return null;
    }

    private static IEnumerable<(DnsName, PreparedAnswer)> Say(string text, params IEnumerable<string> names) => names
        .Select(DnsName.Parse)
        .Select(name => (name, PreparedAnswer.Prepare(name, RecordSet.Of(0, new TextData([text])), null, recordClass: RecordClass.Chaos)));
}
