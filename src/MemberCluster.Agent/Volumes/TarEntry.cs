using System.Globalization;
using System.Text;

namespace MemberCluster.Agent.Volumes;

/// <summary>One entry of a tar. Names are bytes, as the kernel has them.</summary>
/// <param name="Header">All blocks that come before its contents, as they were read; valid until the next entry is read.</param>
internal sealed record TarEntry(ReadOnlyMemory<byte> Header)
{
    public const byte RegularFile = (byte)'0';
    public const byte HardLink = (byte)'1';
    public const byte Directory = (byte)'5';

    /// <summary>Without a slash at its end.</summary>
    public required byte[] Path { get; init; }

    public required byte Type { get; init; }

    /// <summary>Of its contents, in bytes.</summary>
    public required long Size { get; init; }

    public required long Mode { get; init; }
    public required long Owner { get; init; }
    public required long Group { get; init; }

    /// <summary>Seconds since 1970, and whatever the tar says of their fractions.</summary>
    public required string Modified { get; init; }

    /// <summary>Of links: where to.</summary>
    public required byte[] Target { get; init; }

    /// <summary>Of devices: major and minor number.</summary>
    public required (long Major, long Minor) Device { get; init; }

    /// <summary>Extended attributes, by name.</summary>
    public required IReadOnlyList<(string Name, byte[] Value)> Attributes { get; init; }

    public string PathText => Encoding.UTF8.GetString(Path);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(char)Type} {PathText} {Size}");
}
