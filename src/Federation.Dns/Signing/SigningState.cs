namespace Federation.Dns.Signing;

/// <summary>Holds who signs which zones. Written by who follows the keys, read by every query.</summary>
public sealed class SigningState
{
    private ZoneSigners? _current;

    /// <summary>Null: no zone is signed.</summary>
    internal ZoneSigners? Current => Volatile.Read(ref _current);

    internal void Publish(ZoneSigners? signers) => Volatile.Write(ref _current, signers);
}
