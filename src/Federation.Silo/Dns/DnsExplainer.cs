using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Dns.Hosting;
using Federation.Dns.Wire;
using Federation.Gateway.Hosting;

namespace Federation.Silo.Dns;

/// <summary>Lets the gateway ask the name server in the same process.</summary>
internal sealed class DnsExplainer(NameServer server) : IDnsExplainer
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public JsonObject Explain(string name, string type, string? from) =>
        RecordTypeText.TryParse(type, out var record)
            ? JsonSerializer.SerializeToNode(server.Explain(name, record, from), Json)!.AsObject()
            : throw new FormatException($"'{type}' is not a record type such as A, AAAA, TXT or SRV.");

    public JsonObject? RecordsForParent(string zone) => server.RecordsForParent(zone) is { } records
        ? new JsonObject { ["zone"] = zone, ["records"] = JsonSerializer.SerializeToNode(records, Json) }
        : null;

    public async Task<JsonObject> StatusAsync(CancellationToken cancellationToken) =>
        JsonSerializer.SerializeToNode(await server.AskStatusAsync(cancellationToken), Json)!.AsObject();

    public JsonObject? Export(string zone) =>
        server.Export(zone) is { } exported ? JsonSerializer.SerializeToNode(exported, Json)!.AsObject() : null;
}
