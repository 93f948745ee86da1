using System.Net;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Regions;
using Federation.Dns.Answering;
using Federation.Dns.Places;
using Federation.Dns.Signing;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Support;

/// <summary>The zones that are made from objects, and clients in many places who ask for their names.</summary>
internal sealed class PlacedZone
{
    private readonly ZoneBuilder _builder;

    /// <param name="signing">The zones' keys; null: none has any.</param>
    public PlacedZone(SigningState? signing = null)
    {
        Asker = new Asker(State, places: Places, signing: signing);
        _builder = new ZoneBuilder(ZoneText.Options, Places);
    }

    /// <summary>Who asks; from nowhere in particular unless its client is set.</summary>
    public Asker Asker { get; }

    public PlaceState Places { get; } = new();

    public ZoneState State { get; } = new(DnsName.Parse(ZoneText.Apex), TimeProvider.System);

    /// <summary>Of the latest batch.</summary>
    public long Revision { get; private set; }

    public uint Serial => State.Current!.Main.Serial;

    /// <param name="network">Where its clients are.</param>
    /// <param name="nearest">Who stands in for it, by name, in order.</param>
    public static Region Region(string name, string network, string nearest) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new RegionSpec { ClientNetworks = [network], Nearest = nearest.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
    };

    public ZoneSnapshot Zone(string apex) => State.Current!.Find(DnsName.Parse(apex)).ShouldNotBeNull();

    /// <summary>Applies apps alone.</summary>
    public void Put(params PlacedResource[] apps) => Change([.. apps.Select(app => new ZoneChange.AppChanged(app))]);

    public void Change(params ZoneChange[] changes) => State.Publish(_builder.Apply(new ZoneBatch(changes, ++Revision)));

    /// <param name="name">Below the zone.</param>
    public Response Ask(string name, string type, string client) => From(client).Ask($"{name}.{ZoneText.Apex}", type);

    /// <summary>Who asks from an address.</summary>
    public Asker From(string client)
    {
        Asker.Client = IPAddress.Parse(client);
        return Asker;
    }

    /// <param name="name">Whole.</param>
    /// <param name="client">Who asks; null: nobody in particular.</param>
    public AnswerExplanation Explain(string name, string? client = null) =>
        Explainer.Explain(DnsName.Parse(name), RecordType.A, State, Places, client is null ? null : ClientAddress.From(IPAddress.Parse(client)));
}
