using Federation.Api.Meta;

namespace Federation.Gateway.Tables;

/// <summary>One column that kubectl shows for a kind.</summary>
/// <param name="Read">The cell: text, or a whole number for <see cref="Type"/> <c>integer</c>.</param>
internal sealed record TableColumn(string Name, string Description, Func<Resource, DateTimeOffset, object> Read)
{
    /// <summary><c>string</c>, <c>integer</c> or <c>date</c>.</summary>
    public string Type { get; init; } = "string";

    /// <summary><c>name</c> for the column that identifies the row.</summary>
    public string Format { get; init; } = "";

    /// <summary>Shown only with <c>-o wide</c>.</summary>
    public bool IsWide { get; init; }
}

/// <summary>The columns of one kind.</summary>
internal interface ITableColumns
{
    string Kind { get; }

    IReadOnlyList<TableColumn> Columns { get; }
}
