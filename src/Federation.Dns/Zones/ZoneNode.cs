using System.Collections.Immutable;
using System.Net;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Zones;

/// <summary>One name that exists, with its answers.</summary>
internal sealed class ZoneNode(DnsName name, PreparedAnswer[] answers, bool isOwned, bool isRegion, PlannedOrigin? origin)
{
    public DnsName Name { get; } = name;

    public PreparedAnswer[] Answers { get; } = answers;

    /// <summary>False for an empty non-terminal: a name that exists only because one below it does (RFC 8020).</summary>
    public bool IsOwned { get; } = isOwned;

    /// <summary>The name of a region: <c>eu-west.fed.test.</c></summary>
    public bool IsRegion { get; } = isRegion;

    /// <summary>The plan that the answers come from, for explanations.</summary>
    public PlannedOrigin? Origin { get; } = origin;

    public PreparedAnswer? Find(RecordType type)
    {
        foreach (var answer in Answers)
        {
            if (answer.Type == type)
                return answer;
        }

        return null;
    }

    public bool AnswersLike(ZoneNode other)
    {
        if (Answers.Length != other.Answers.Length || IsRegion != other.IsRegion)
            return false;
        for (var i = 0; i < Answers.Length; i++)
        {
            if (!Answers[i].IsSameAs(other.Answers[i]))
                return false;
        }

        return true;
    }
}

/// <summary>Where a name's answers come from: an app's plan, and which of its names this is.</summary>
internal sealed record PlannedOrigin(AppDnsPlan Plan, PlannedName Name)
{
    public ImmutableArray<string> ClustersBehind(IPAddress address) =>
        Name.Addresses.FirstOrDefault(planned => planned.Address.Equals(address))?.Clusters ?? [];
}
