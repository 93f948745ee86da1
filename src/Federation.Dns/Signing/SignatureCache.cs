namespace Federation.Dns.Signing;

/// <summary>Signed records as they follow a name: each begins with two bytes for a pointer to it.</summary>
internal readonly record struct SignedRecords(byte[] Bytes, int Count)
{
    public static SignedRecords None => new([], 0);
}

/// <summary>What was signed, and until when it can be given.</summary>
/// <param name="Signer">With whose keys.</param>
/// <param name="Owner">Of the records, in lower case and wire form.</param>
/// <param name="Subject">What was signed there; the same object is the same content for ever.</param>
/// <param name="Variant">Which of several things that one subject can say.</param>
/// <param name="From">Unix seconds; before it a signature is not good yet: the clock was set back.</param>
/// <param name="Until">Unix seconds; from then on it is made anew.</param>
internal sealed record CachedSignature(ZoneSigner Signer, byte[] Owner, object Subject, uint Variant, SignedRecords Records, long From, long Until);

/// <summary>A bounded number of signatures, found without an allocation or a lock.</summary>
/// <remarks>Each has four places where it may be. What another thread put there a moment before may be lost, and is then signed once more.</remarks>
internal sealed class SignatureCache
{
    private const int Ways = 4;

    private readonly CachedSignature?[] _places;
    private uint _turn;

    /// <param name="capacity">A power of two, at least 4.</param>
    public SignatureCache(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(System.Numerics.BitOperations.IsPow2(capacity) && capacity >= Ways, true, nameof(capacity));
        _places = new CachedSignature?[capacity];
    }

    public int Count => _places.Count(place => place is not null);

    /// <param name="hash">Of everything that tells signatures apart.</param>
    /// <param name="signer">With whose keys.</param>
    /// <param name="owner">In lower case and wire form.</param>
    /// <param name="subject">What is signed.</param>
    /// <param name="variant">Of the subject.</param>
    /// <param name="now">Unix seconds.</param>
    public CachedSignature? Find(uint hash, ZoneSigner signer, ReadOnlySpan<byte> owner, object subject, uint variant, long now)
    {
        var set = SetOf(hash);
        for (var way = 0; way < Ways; way++)
        {
            if (Volatile.Read(ref set[way]) is { } cached && ReferenceEquals(cached.Subject, subject) && cached.Variant == variant && ReferenceEquals(cached.Signer, signer)
                && cached.Owner.AsSpan().SequenceEqual(owner))
            {
                return cached.From <= now && now < cached.Until ? cached : null;
            }
        }

        return null;
    }

    /// <summary>Keeps one, in the place of an older one like it, of one that is over, or of any.</summary>
    public void Put(uint hash, CachedSignature signature, long now)
    {
        var set = SetOf(hash);
        var chosen = (int)(Interlocked.Increment(ref _turn) % Ways);
        for (var way = 0; way < Ways; way++)
        {
            if (set[way] is not { } cached || cached.Until <= now || (ReferenceEquals(cached.Subject, signature.Subject) && cached.Variant == signature.Variant && cached.Owner.AsSpan().SequenceEqual(signature.Owner)))
            {
                chosen = way;
                break;
            }
        }

        Volatile.Write(ref set[chosen], signature);
    }

    private Span<CachedSignature?> SetOf(uint hash) => _places.AsSpan((int)(hash & (uint)((_places.Length / Ways) - 1)) * Ways, Ways);
}
