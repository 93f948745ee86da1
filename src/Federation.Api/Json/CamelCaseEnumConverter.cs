using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federation.Api.Json;

/// <summary>Enum values as lower-camel-case text (<c>region</c>); other enums of the API are written as they are named (<c>Weighted</c>).</summary>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;
