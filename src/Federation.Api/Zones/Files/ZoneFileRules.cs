namespace Federation.Api.Zones.Files;

/// <summary>What the records of one zone must be to each other.</summary>
internal static class ZoneFileRules
{
    public static IEnumerable<ZoneFileError> FindErrors(IReadOnlyList<ZoneFileRecord> records, string apex)
    {
        var owners = records.ToLookup(record => record.Owner);
        foreach (var record in records)
        {
            if (FindError(record, owners, apex) is { } message)
                yield return new ZoneFileError(record.Line, $"{record.Owner} {record.Type}", message);
        }
    }

    private static string? FindError(ZoneFileRecord record, ILookup<string, ZoneFileRecord> owners, string apex)
    {
        var (owner, type) = (record.Owner, record.Type);
        if (!DomainNameText.IsAtOrBelow(owner, apex))
            return $"{owner} is outside the zone {apex}";
        var isWildcard = owner.StartsWith("*.", StringComparison.Ordinal);
        switch (type)
        {
            case "SOA" when owner != apex:
                return $"an SOA is only at the top of the zone, {apex}";
            case "SOA" when owners[owner].First(other => other.Type == "SOA") != record:
                return "a zone has one SOA";
            case "CNAME" when owner == apex:
                return "the top of a zone cannot be an alias: it has an SOA and NS of its own";
            case "CNAME" when owners[owner].FirstOrDefault(other => other.Type != "CNAME") is { } other:
                return $"{owner} is an alias and has no other records, but line {other.Line} gives it {other.Type}";
            case "CNAME" when owners[owner].First() is var first && first.Data[0] != record.Data[0]:
                return $"{owner} is an alias of {first.Data[0]} already (line {first.Line})";
            case "NS" when isWildcard:
                return "a wildcard cannot delegate";
            case "DS" when owner == apex:
                return "a DS belongs to the parent zone, at the name of the child";
            case "DS" when owners[owner].All(other => other.Type != "NS"):
                return $"a DS needs an NS beside it: {owner} is not delegated";
            default:
                return null;
        }
    }
}
