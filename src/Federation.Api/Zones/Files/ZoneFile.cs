using System.Collections.Immutable;

namespace Federation.Api.Zones.Files;

/// <summary>One record of a zone file, checked.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Owner">Absolute, in lower case.</param>
/// <param name="Ttl">Seconds.</param>
/// <param name="Type">Its mnemonic in upper case, or <c>TYPE65</c>.</param>
/// <param name="Data">One string for each field: names absolute, numbers plain, texts with one character for each byte, bytes as hexadecimal digits.</param>
public sealed record ZoneFileRecord(int Line, string Owner, uint Ttl, string Type, ImmutableArray<string> Data);

/// <summary>What is wrong on one line.</summary>
/// <param name="Shown">What the line says there.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record ZoneFileError(int Line, string Shown, string Message)
{
    public override string ToString() => $"line {Line}: {Message}";
}

/// <summary>What a zone file says: its records, and what is wrong with it.</summary>
public sealed record ZoneFile(ImmutableArray<ZoneFileRecord> Records, ImmutableArray<ZoneFileError> Errors)
{
    /// <summary>Reads a whole file and checks that it can be one zone. Never throws.</summary>
    /// <param name="text">Zone-file text (RFC 1035 section 5), with <c>$ORIGIN</c> and <c>$TTL</c>.</param>
    /// <param name="apex">The zone's name, absolute and in lower case; the first origin.</param>
    /// <param name="ttl">Seconds for records that say none before the first <c>$TTL</c>.</param>
    public static ZoneFile Read(string text, string apex, uint ttl)
    {
        var reader = new ZoneFileReader(apex, ttl);
        foreach (var line in ZoneFileLexer.Split(text))
            reader.Read(line);
        return new ZoneFile([.. reader.Records], [.. reader.Errors.Concat(ZoneFileRules.FindErrors(reader.Records, apex)).Take(Most)]);
    }

    /// <summary>How many errors are told.</summary>
    private const int Most = 20;
}
