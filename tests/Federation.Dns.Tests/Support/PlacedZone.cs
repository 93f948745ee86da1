using System.Net;
using Federation.Api.Meta;
using Federation.Api.Regions;
using Federation.Dns.Places;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Support;

/// <summary>The federation's zone made from objects, and clients in many places who ask for its names.</summary>
internal sealed class PlacedZone
{
    private readonly ZoneBuilder _builder;
    private readonly Asker _asker;
    private long _revision;

    public PlacedZone()
    {
        _asker = new Asker(State, places: Places);
        _builder = new ZoneBuilder(ZoneText.Options, Places);
    }

    public PlaceState Places { get; } = new();

    public ZoneState State { get; } = new(DnsName.Parse(ZoneText.Apex), TimeProvider.System);

    public uint Serial => State.Current!.Main.Serial;

    /// <param name="network">Where its clients are.</param>
    /// <param name="nearest">Who stands in for it, by name, in order.</param>
    public static Region Region(string name, string network, string nearest) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new RegionSpec { ClientNetworks = [network], Nearest = nearest.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
    };

    public void Change(params ZoneChange[] changes) => State.Publish(_builder.Apply(new ZoneBatch(changes, ++_revision)));

    /// <param name="name">Below the zone.</param>
    public Response Ask(string name, string type, string client) => From(client).Ask($"{name}.{ZoneText.Apex}", type);

    /// <summary>Who asks from an address.</summary>
    public Asker From(string client)
    {
        _asker.Client = IPAddress.Parse(client);
        return _asker;
    }
}
