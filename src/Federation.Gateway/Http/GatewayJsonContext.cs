using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Federation.Gateway.Http;

[JsonSerializable(typeof(JsonNode))]
internal sealed partial class GatewayJsonContext : JsonSerializerContext;
