namespace Federation.Gateway.Tables;

/// <summary>Columns and cells that many kinds share.</summary>
internal static class CommonColumns
{
    public const string None = "<none>";

    public static TableColumn Name { get; } = new("Name", "The name, unique within its namespace.", static (resource, _) => resource.Metadata.Name) { Format = "name" };

    public static TableColumn Age { get; } = new("Age", "The time since the object was created.", static (resource, now) => AgeOf(resource.Metadata.CreationTimestamp, now));

    public static IReadOnlyList<TableColumn> NameAndAge { get; } = [Name, Age];

    public static string AgeOf(DateTimeOffset? since, DateTimeOffset now) => since is { } time ? HumanDuration.Format(now - time) : "<unknown>";

    public static string OrNone(string? text) => string.IsNullOrEmpty(text) ? None : text;

    public static string Join(IEnumerable<string> texts) => OrNone(string.Join(',', texts));
}
