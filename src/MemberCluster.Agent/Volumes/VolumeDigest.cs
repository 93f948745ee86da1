using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Federation.Api.Agents;

namespace MemberCluster.Agent.Volumes;

/// <summary>What a volume holds, in 32 bytes: both ends of a copy compute it from what their engine reads.</summary>
internal sealed class VolumeDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _fields = new();
    private long _entries;
    private long _bytes;

    public void Add(TarEntry entry)
    {
        _fields.ResetWrittenCount();
        Write(entry.Path);
        _fields.Write([entry.Type]);
        var size = entry.Type == TarEntry.RegularFile ? entry.Size : 0;
        foreach (var number in (ReadOnlySpan<long>)[entry.Mode, entry.Owner, entry.Group, size, entry.Device.Major, entry.Device.Minor])
            Write(number);
        Write(Encoding.UTF8.GetBytes(entry.Modified));
        Write(entry.Target);
        Write(entry.Attributes.Count);
        foreach (var (name, value) in entry.Attributes)
        {
            Write(Encoding.UTF8.GetBytes(name));
            Write(value);
        }

        _hash.AppendData(_fields.WrittenSpan);
        _entries++;
        _bytes += size;
    }

    public void AddContent(ReadOnlySpan<byte> part) => _hash.AppendData(part);

    public VolumeEnd Finish() => new() { Digest = Convert.ToHexStringLower(_hash.GetCurrentHash()), Entries = _entries, Bytes = _bytes };

    /// <summary>Of all of a tar.</summary>
    public static async Task<VolumeEnd> OfAsync(Stream tar, CancellationToken cancellationToken)
    {
        using var digest = new VolumeDigest();
        using var reader = new TarReader(tar);
        while (await reader.NextAsync(cancellationToken) is { } entry)
        {
            digest.Add(entry);
            while (await reader.ReadContentAsync(cancellationToken) is { IsEmpty: false } part)
                digest.AddContent(part.Span);
        }

        return digest.Finish();
    }

    /// <summary>One for all volumes of a pet, in the order of their claims.</summary>
    public static string Combine(IEnumerable<string> digests) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', digests))));

    public void Dispose() => _hash.Dispose();

    private void Write(ReadOnlySpan<byte> text)
    {
        Write(text.Length);
        _fields.Write(text);
    }

    private void Write(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_fields.GetSpan(sizeof(long)), number);
        _fields.Advance(sizeof(long));
    }
}
