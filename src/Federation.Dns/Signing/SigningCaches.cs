namespace Federation.Dns.Signing;

/// <summary>The signatures of all zones. Names that strangers make up have a place of their own: a flood of them drives out none of the zone's.</summary>
internal sealed class SigningCaches(int capacity = SigningCaches.DefaultCapacity)
{
    /// <summary>A full place takes about 20 MiB.</summary>
    private const int DefaultCapacity = 1 << 16;

    private long _signed;

    /// <summary>Of names that the zone has.</summary>
    public SignatureCache Known { get; } = new(capacity);

    /// <summary>Of names that do not exist, or only by a wildcard.</summary>
    public SignatureCache MadeUp { get; } = new(Math.Max(4, capacity / 4));

    /// <summary>How many signatures were made.</summary>
    public long Signed => Volatile.Read(ref _signed);

    public void CountSigned(int signatures) => Interlocked.Add(ref _signed, signatures);
}
