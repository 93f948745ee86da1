namespace Federation.Dns.Signing;

/// <summary>From when to when a signature is good, and until when it is given.</summary>
/// <param name="Inception">Unix seconds.</param>
/// <param name="Expiration">Unix seconds.</param>
internal readonly record struct SignatureLife(long Inception, long Expiration)
{
    /// <summary>Before the moment it is made, for resolvers whose clocks are behind.</summary>
    public const int Skew = 3600;

    /// <summary>As short as clocks allow: what was true stays provable for so long to who recorded it.</summary>
    private const int Validity = 3 * 86_400;

    /// <summary>Up to so much less, so that a zone's signatures are not all made anew at one time.</summary>
    private const int Jitter = 6 * 3600;

    /// <summary>A signature is made anew so long before it ends, for resolvers that keep it and whose clocks are ahead.</summary>
    private const int Reserve = 86_400;

    /// <summary>Until when it is given.</summary>
    public long Until => Expiration - Reserve;

    /// <param name="now">Unix seconds.</param>
    /// <param name="spread">Any number; different ones for different record sets.</param>
    public static SignatureLife From(long now, uint spread) => new(now - Skew, now + Validity - (spread % Jitter));
}
