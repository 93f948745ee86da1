using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Federation.Dns.Wire;

namespace MemberCluster.Agent.Names;

/// <summary>What becomes of a container's question.</summary>
internal abstract record NameDecision
{
    private NameDecision()
    {
    }

    /// <summary>This node serves the app; none: not under an address of the family asked for.</summary>
    public sealed record Local(ImmutableArray<IPAddress> Addresses) : NameDecision;

    /// <summary>The federation's name servers know.</summary>
    public sealed record AskFederation : NameDecision;

    /// <summary>The machine's resolvers know.</summary>
    public sealed record AskOutside : NameDecision;

    /// <summary>There is no such name anywhere.</summary>
    public sealed record NoSuchName : NameDecision;
}

/// <summary>Decides who answers a container's question: this node first. Pure.</summary>
/// <remarks>
/// <code>
/// name                                              | app served here | else
/// app.ns.svc.zone, app.ns.svc.own region.zone       | own address     | the federation
/// anything else of the zone                         |                 | the federation
/// pet.set.ns.svc.zone                               | own address     | the federation
/// app.ns.svc, pet.set.ns.svc                        | own address     | no such name: the search list asks for it below the zone
/// app.ns, pet.set.ns                                | own address     | outside
/// anything else                                     |                 | outside
/// </code>
/// </remarks>
internal static class NameDecider
{
    private const string Service = "svc";

    /// <param name="question">What a container asks.</param>
    /// <param name="names">What this node serves.</param>
    /// <param name="zone">The federation's zone, without a final dot; null: not known here.</param>
    /// <param name="region">This node's.</param>
    public static NameDecision Decide(StubQuestion question, LocalNames names, string? zone, string region)
    {
        var text = question.Name.ToString().TrimEnd('.');
        if (zone is not null && (text == zone || text.EndsWith("." + zone, StringComparison.Ordinal)))
        {
            var labels = text[..^zone.Length].TrimEnd('.').Split('.');
            var isOurs = labels is [_, _, Service] || (labels is [_, _, Service, var place] && place == region);
            var isServed = (isOurs && names.Has(labels[1], labels[0])) || (labels is [var pet, var set, var @namespace, Service] && names.HasPet(@namespace, set, pet));
            return isServed ? Own(question, names) : new NameDecision.AskFederation();
        }

        return text.Split('.') switch
        {
            [var pet, var set, var space, Service] => names.HasPet(space, set, pet) ? Own(question, names) : new NameDecision.NoSuchName(),
            [var pet, var set, var space] when names.HasPet(space, set, pet) => Own(question, names),
            [var app, var space] when names.Has(space, app) => Own(question, names),
            [var app, var space, Service] => names.Has(space, app) ? Own(question, names) : new NameDecision.NoSuchName(),
            _ => new NameDecision.AskOutside(),
        };
    }

    /// <summary>One address: all of them are this node.</summary>
    private static NameDecision.Local Own(StubQuestion question, LocalNames names)
    {
        var family = question.Type == RecordType.Aaaa ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        return new NameDecision.Local(
            question.Type is RecordType.A or RecordType.Aaaa ? [.. names.Addresses.Where(address => address.AddressFamily == family).Take(1)] : []);
    }
}
