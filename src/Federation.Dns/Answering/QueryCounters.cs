using Federation.Dns.Answering.Counting;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Wire;

namespace Federation.Dns.Answering;

/// <summary>How many queries one thread (or one TCP connection at a time) answered, by transport, response code and type. Written by its owner alone, read by the meter.</summary>
internal sealed class QueryCounters
{
    private const int Codes = 24;
    private const int Transports = 3;

    private static readonly RecordType[] Types =
        [RecordType.A, RecordType.Aaaa, RecordType.Ns, RecordType.Soa, RecordType.Txt, RecordType.Srv, RecordType.Cname, RecordType.Any, RecordType.None];

    private readonly long[] _counts = new long[Transports * Codes * Types.Length];
    private readonly long[] _dropped = new long[Transports];
    private long _limitedDropped;
    private long _limitedSlipped;

    public AnswerCounters Answers { get; } = new();

    public NameCounters Names { get; } = new();

    public void Count(Transport transport, ResponseCode code, RecordType type) =>
        Interlocked.Increment(ref _counts[(((int)transport * Codes) + (int)code) * Types.Length + Slot(type)]);

    /// <summary>What was answered, and from which name.</summary>
    public void CountAnswer(in Decision decision, ResponseCode code)
    {
        Answers.Count(decision, code);
        if (decision.Node is { } node)
            Names.Count(node.Name);
    }

    public void CountDropped(Transport transport) => Interlocked.Increment(ref _dropped[(int)transport]);

    /// <summary>A UDP response was over its client's limit.</summary>
    public void CountLimited(Admission admission) => Interlocked.Increment(ref admission == Admission.Slip ? ref _limitedSlipped : ref _limitedDropped);

    public long Limited(Admission admission) => Volatile.Read(ref admission == Admission.Slip ? ref _limitedSlipped : ref _limitedDropped);

    public long Dropped(Transport transport) => Volatile.Read(ref _dropped[(int)transport]);

    public IEnumerable<(Transport Transport, ResponseCode Code, string Type, long Count)> Read()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            var count = Volatile.Read(ref _counts[i]);
            if (count == 0)
                continue;
            var type = Types[i % Types.Length];
            var rest = i / Types.Length;
            yield return ((Transport)(rest / Codes), (ResponseCode)(rest % Codes), type == RecordType.None ? "other" : type.ToMnemonic(), count);
        }
    }

    private static int Slot(RecordType type) => type switch
    {
        RecordType.A => 0,
        RecordType.Aaaa => 1,
        RecordType.Ns => 2,
        RecordType.Soa => 3,
        RecordType.Txt => 4,
        RecordType.Srv => 5,
        RecordType.Cname => 6,
        RecordType.Any => 7,
        _ => 8,
    };
}
