using System.Collections.Immutable;
using System.Net;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>Explains an answer. It is decided by the same code as a real one.</summary>
internal static class Explainer
{
    public static AnswerExplanation Explain(DnsName name, RecordType type, ZoneState state)
    {
        var zone = state.Current;
        var query = new Query { NameLength = name.Length, NameHash = name.Hash, Type = type, Class = RecordClass.Internet };
        var decision = Decider.Decide(query, name.Wire, state.Apex, zone);
        var plan = decision.Node?.Origin?.Plan;
        return new AnswerExplanation
        {
            Name = name.ToString(),
            Type = type.ToMnemonic(),
            ResponseCode = decision.Code.ToMnemonic(),
            Summary = Summarize(name, decision, state),
            Zone = state.Apex.ToString(),
            Serial = zone?.Serial ?? 0,
            Revision = zone?.Revision ?? 0,
            StaleSeconds = state.Staleness.TotalSeconds,
            App = plan is null ? null : $"{plan.App.Namespace}/{plan.App.Name}",
            AnsweredAs = decision.Node?.Name.ToString(),
            Policy = decision.Answer?.Order.ToString(),
            Ttl = decision.Answer?.Ttl,
            RecordsPerAnswer = decision.Answer?.Count ?? 0,
            Records = RecordsOf(decision),
            Clusters = plan?.Clusters ?? [],
        };
    }

    private static string Summarize(DnsName name, in Decision decision, ZoneState state)
    {
        if (decision.Answer is { } answer)
        {
            var regional = decision.Node!.Name.Equals(name) ? "" : $" Its region has no healthy address, so it is answered like {decision.Node.Name}";
            return $"{name} is answered with {answer.Count} of {RecordCount(answer)} records.{regional}";
        }

        if (decision.Negative is not null && decision.Node is { } node)
        {
            return node switch
            {
                { Origin.Name.Addresses.IsEmpty: true } => $"{name} exists, but no cluster has a ready pod to send clients to (NODATA).",
                { IsOwned: false } => $"{name} only exists because names below it do; it has no data of its own (NODATA).",
                _ => $"{name} exists, but has no data of this type (NODATA).",
            };
        }

        return decision.Code switch
        {
            ResponseCode.NameError => $"{name} does not exist: no app exposes it, and nothing lies below it.",
            ResponseCode.ServerFailure => "No version of the zone is loaded yet.",
            ResponseCode.Refused => $"{name} is not answered here: this server answers for {state.Apex} and gives no transfers.",
            _ => $"A query like this is answered with {decision.Code.ToMnemonic()}.",
        };
    }

    private static int RecordCount(PreparedAnswer answer) => answer.Source?.Records.Length ?? answer.Rotated().Count();

    private static ImmutableArray<ExplainedRecord> RecordsOf(in Decision decision)
    {
        if (decision.Answer is not { } answer)
            return [];
        if (answer.Source is { } source)
            return [.. source.Records.Select((record, index) => new ExplainedRecord(RecordText.Format(record), index == 0 ? 1 : 0, []))];

        var origin = decision.Node?.Origin;
        var rotated = answer.Rotated().ToArray();
        double total = rotated.Sum(record => (long)record.Weight);
        return
        [
            .. rotated.Select(record =>
            {
                var address = new IPAddress(record.Data.Span);
                return new ExplainedRecord(address.ToString(), record.Weight / total, origin?.ClustersBehind(address) ?? []);
            }),
        ];
    }
}
