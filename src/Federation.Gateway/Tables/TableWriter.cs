using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Tables;

/// <summary>How much of each object goes into its row.</summary>
internal enum IncludeObject
{
    Metadata,
    None,
    Object,
}

internal sealed record TableMeta(long Revision, string? Continue, int? Remaining);

/// <summary>Writes objects as <c>meta.k8s.io/v1</c> Table: what <c>kubectl get</c> prints.</summary>
internal sealed class TableWriter(IEnumerable<ITableColumns> tables, TimeProvider time)
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, IReadOnlyList<TableColumn>> _columns = tables.ToDictionary(table => table.Kind, table => table.Columns);

    /// <exception cref="RefusedException">400.</exception>
    public static IncludeObject IncludeObjectOf(IQueryCollection query) => query["includeObject"].ToString() switch
    {
        "" or "Metadata" => IncludeObject.Metadata,
        "None" => IncludeObject.None,
        "Object" => IncludeObject.Object,
        var other => throw new RefusedException(Statuses.BadRequest($"invalid includeObject \"{other}\": must be None, Metadata or Object")),
    };

    public byte[] WriteTable(KindDefinition kind, IReadOnlyList<ObjectView> views, TableMeta meta, IncludeObject include, bool withColumns) =>
        WriteTable(_columns.GetValueOrDefault(kind.Kind, CommonColumns.NameAndAge), views, meta, include, withColumns);

    public byte[] WriteTable(IReadOnlyList<TableColumn> columns, IReadOnlyList<ObjectView> views, TableMeta meta, IncludeObject include, bool withColumns)
    {
        var now = time.GetUtcNow();
        var output = new ArrayBufferWriter<byte>(512 + views.Count * 512);
        using (var json = new Utf8JsonWriter(output, Json))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, "Table");
            json.WriteString("apiVersion"u8, "meta.k8s.io/v1");
            WriteMeta(json, meta);
            json.WriteStartArray("columnDefinitions"u8);
            foreach (var column in withColumns ? columns : [])
                WriteColumn(json, column);
            json.WriteEndArray();
            json.WriteStartArray("rows"u8);
            foreach (var view in views)
                WriteRow(json, view, columns, include, now);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static void WriteMeta(Utf8JsonWriter json, TableMeta meta)
    {
        json.WriteStartObject("metadata"u8);
        json.WriteString("resourceVersion"u8, meta.Revision.ToString());
        if (meta.Continue is { } token)
            json.WriteString("continue"u8, token);
        if (meta.Remaining is { } remaining)
            json.WriteNumber("remainingItemCount"u8, remaining);
        json.WriteEndObject();
    }

    private static void WriteColumn(Utf8JsonWriter json, TableColumn column)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, column.Name);
        json.WriteString("type"u8, column.Type);
        json.WriteString("format"u8, column.Format);
        json.WriteString("description"u8, column.Description);
        json.WriteNumber("priority"u8, column.IsWide ? 1 : 0);
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, ObjectView view, IReadOnlyList<TableColumn> columns, IncludeObject include, DateTimeOffset now)
    {
        var resource = view.Resource;
        json.WriteStartObject();
        json.WriteStartArray("cells"u8);
        foreach (var column in columns)
        {
            if (column.Read(resource, now) is var cell && cell is int number)
                json.WriteNumberValue(number);
            else
                json.WriteStringValue((string)cell);
        }

        json.WriteEndArray();
        if (include == IncludeObject.Object)
        {
            json.WritePropertyName("object"u8);
            json.WriteRawValue(view.ToJson(), skipInputValidation: true);
        }
        else if (include == IncludeObject.Metadata)
        {
            json.WriteStartObject("object"u8);
            json.WriteString("kind"u8, "PartialObjectMetadata");
            json.WriteString("apiVersion"u8, "meta.k8s.io/v1");
            json.WritePropertyName("metadata"u8);
            JsonSerializer.Serialize(json, resource.Metadata, ApiJson.TypeInfo<ObjectMeta>());
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
