using Federation.Domain.DnsRecords;

namespace Federation.Dns.Places;

/// <summary>What is known about clients' regions. Written by who follows regions and who reads locations, read by every query whose answer depends on the client.</summary>
public sealed class PlaceState
{
    private readonly Lock _change = new();
    private AddressMap _located = AddressMap.Empty;
    private ClientPlaces _current = ClientPlaces.Empty;

    /// <summary>Raised after the regions have changed.</summary>
    public event EventHandler? Moved;

    /// <summary>Where the regions are.</summary>
    public Geography Geography { get; private set; } = Geography.Unknown;

    /// <summary>How far they are from each other.</summary>
    public RegionLatencies Latencies { get; internal set; } = RegionLatencies.Unknown;

    internal RegionNumbers Numbers { get; } = new();

    internal ClientPlaces Current => Volatile.Read(ref _current);

    /// <summary>The regions, as they are now. Their networks count at once.</summary>
    internal void Follow(Geography geography)
    {
        lock (_change)
        {
            Geography = geography;
            Publish();
        }

        Moved?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>What a database says of all addresses that no region claims.</summary>
    internal void Locate(AddressMap located)
    {
        lock (_change)
        {
            _located = located;
            Publish();
        }
    }

    private void Publish() => Volatile.Write(ref _current, ClientPlaces.Of(Geography, Numbers.Of, _located));
}
