using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Federation.Client.Resources;

[JsonSerializable(typeof(JsonNode))]
internal sealed partial class ClientJsonContext : JsonSerializerContext;
