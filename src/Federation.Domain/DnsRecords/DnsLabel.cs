using System.Diagnostics.CodeAnalysis;

namespace Federation.Domain.DnsRecords;

/// <summary>The rule for one label of a host name (RFC 1123 section 2.1), in lower case.</summary>
public static class DnsLabel
{
    public static bool IsValid([NotNullWhen(true)] string? label) =>
        label is { Length: > 0 and <= 63 }
        && label[0] != '-' && label[^1] != '-'
        && label.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
}
