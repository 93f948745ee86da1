using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>Records that are made when they are asked for. No part of the zone's contents: each name server has its own.</summary>
internal interface ILiveAnswer
{
    RecordType Type { get; }

    PreparedAnswer Make();
}
