using System.Collections.Frozen;
using Federation.Dns.Wire;

namespace Federation.Dns.Signing;

/// <summary>The signers of all zones that have keys. Immutable.</summary>
internal sealed class ZoneSigners(IEnumerable<ZoneSigner> signers)
{
    private readonly FrozenDictionary<DnsName, ZoneSigner> _byApex = signers.ToFrozenDictionary(signer => signer.Apex);

    public IEnumerable<ZoneSigner> All => _byApex.Values;

    /// <summary>Null: the zone has no keys.</summary>
    public ZoneSigner? Find(DnsName apex) => _byApex.GetValueOrDefault(apex);
}
