using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Federation.Api.Json;

namespace Federation.Api.Apps;

/// <summary>A short name for what a pod is made of; another one means that running pods are replaced.</summary>
public static class TemplateHash
{
    private const int Digits = 10;

    /// <summary>Templates never change, and each is asked for its name in every plan of its object.</summary>
    private static readonly ConditionalWeakTable<PodTemplate, string> Known = [];

    /// <summary>The first 10 hex digits of the SHA-256 of the template in canonical form: defaults filled in, keys sorted, amounts in one notation.</summary>
    public static string Of(PodTemplate template) => Known.GetValue(template, Compute);

    private static string Compute(PodTemplate template)
    {
        using var document = JsonDocument.Parse(ApiJson.ToUtf8(TemplateCanon.Of(AppDefaults.Apply(template))));
        var output = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(output))
            WriteSorted(document.RootElement, writer);
        return Convert.ToHexStringLower(SHA256.HashData(output.WrittenSpan))[..Digits];
    }

    private static void WriteSorted(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    WriteSorted(property.Value, writer);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                    WriteSorted(item, writer);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
