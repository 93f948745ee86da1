using System.Collections.Immutable;
using System.Net;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Support;

/// <summary>Record sets of made-up addresses: 192.0.2.1 and up.</summary>
internal static class PreparedAnswerTestSets
{
    public static RecordSet Weighted(params ImmutableArray<long> weights) => new(RecordType.A, 5, Addresses(weights.Length), AnswerOrder.Weighted, weights);

    public static RecordSet RoundRobin(int count, int max = 0) => new(RecordType.A, 5, Addresses(count), AnswerOrder.RoundRobin, [], max);

    private static ImmutableArray<RecordData> Addresses(int count) =>
        [.. Enumerable.Range(1, count).Select(i => new AddressData(new IPAddress([192, 0, 2, (byte)i])))];
}
