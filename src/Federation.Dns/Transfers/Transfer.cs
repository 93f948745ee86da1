using System.Text;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Transfers;

/// <summary>What all messages of a transfer have in common.</summary>
/// <param name="Question">Header and question of the request.</param>
/// <param name="HasEdns">The request had an OPT record, so responses do.</param>
/// <param name="Chain">Signs them; null: nothing does.</param>
internal sealed record TransferHead(byte[] Question, bool HasEdns, TsigChain? Chain);

/// <summary>The messages of one transfer, made one by one as the client takes them.</summary>
internal sealed class Transfer : IDisposable
{
    /// <summary>Of extended errors: what is asked for is not done here (RFC 8914 section 4.22).</summary>
    private const byte NotSupported = 21;

    /// <summary>A message is closed past this: pointers reach so far, and a client can begin with the first.</summary>
    private const int EnoughBytes = 0x3FFF;

    private readonly TransferHead _head;
    private readonly DnsName _zone;
    private readonly ResponseCode _code;
    private readonly IEnumerator<ZoneRecord> _records;
    private readonly byte[] _opt;
    private bool _hasNext;

    private Transfer(TransferHead head, DnsName zone, ResponseCode code, IEnumerable<ZoneRecord> records, string? reason = null)
    {
        (_head, _zone, _code) = (head, zone, code);
        _opt = head.HasEdns ? Opt(reason) : [];
        _records = records.GetEnumerator();
        _hasNext = _records.MoveNext();
    }

    /// <summary>Another message is to come.</summary>
    public bool HasNext { get; private set; } = true;

    public static Transfer Of(TransferHead head, DnsName zone, IEnumerable<ZoneRecord> records) => new(head, zone, ResponseCode.NoError, records);

    /// <param name="head">Of the one message.</param>
    /// <param name="code">What it says.</param>
    /// <param name="reason">A few words in ASCII for who asks with EDNS (RFC 8914); null: the code says it all.</param>
    public static Transfer Failure(TransferHead head, ResponseCode code, string? reason = null) => new(head, DnsName.Root, code, [], reason);

    /// <summary>Writes the next message.</summary>
    /// <param name="message">65535 bytes.</param>
    /// <returns>Its length.</returns>
    public int WriteNext(Span<byte> message)
    {
        _head.Question.CopyTo(message);
        var writer = new RecordWriter(_zone, compressesData: true);
        var reserve = _opt.Length + (_head.Chain?.Room ?? 0) + _head.Question.Length;
        var count = 0;
        while (_hasNext && writer.Length < EnoughBytes && (count == 0 || writer.Length + reserve + MostBytes(_records.Current) <= ushort.MaxValue))
        {
            var (owner, ttl, data) = _records.Current;
            writer.Record(owner, ttl, data);
            count++;
            _hasNext = _records.MoveNext();
        }

        writer.ToArray().CopyTo(message[_head.Question.Length..]);
        var length = _head.Question.Length + writer.Length;
        var additionals = 0;
        if (_head.HasEdns)
        {
            _opt.CopyTo(message[length..]);
            length += _opt.Length;
            additionals = 1;
        }

        message[2] = (byte)(Header.Response | (_code == ResponseCode.NoError ? Header.Authoritative : 0) | (message[2] & Header.RecursionDesired));
        message[3] = (byte)_code;
        Header.WriteCounts(message, 1, count, 0, additionals);
        HasNext = _hasNext;
        return _head.Chain?.Sign(message, length) ?? length;
    }

    public void Dispose() => _records.Dispose();

    /// <summary>At the root, type OPT, 512 bytes over UDP, no flags, at most one option: why not.</summary>
    private static byte[] Opt(string? reason)
    {
        byte[] text = reason is null ? [] : [0, NotSupported, .. Encoding.ASCII.GetBytes(reason)];
        byte[] option = reason is null ? [] : [0, (byte)EdnsOption.ExtendedError, 0, (byte)text.Length, .. text];
        return [0, 0, (byte)RecordType.Opt, 2, 0, 0, 0, 0, 0, 0, (byte)option.Length, .. option];
    }

    /// <summary>No record is longer than this.</summary>
    private static int MostBytes(ZoneRecord record) => record.Owner.Length + 10 + record.Data switch
    {
        TextData text => text.Strings.Sum(part => part.Length + 1),
        OpaqueData opaque => opaque.Hex.Length / 2,
        CertificationData certification => certification.Tag.Length + certification.Value.Length + 2,
        _ => 600,
    };
}
