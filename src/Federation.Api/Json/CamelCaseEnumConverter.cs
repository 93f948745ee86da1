using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federation.Api.Json;

/// <summary>Enum values as lower-camel-case text (<c>region</c>); other enums of the API are written as they are named (<c>Weighted</c>).</summary>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;

/// <summary>Every other enum: as it is named, never as a number.</summary>
internal sealed class NamedEnumConverter : JsonConverterFactory
{
    private static readonly JsonStringEnumConverter Inner = new(namingPolicy: null, allowIntegerValues: false);

    /// <remarks>A converter given in the options goes before one given on the type, so types that have their own are left out here.</remarks>
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum && !typeToConvert.IsDefined(typeof(JsonConverterAttribute), inherit: false);

    public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) => Inner.CreateConverter(typeToConvert, options);
}
