using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Gateway.OpenApi;

/// <summary>What the rules of the kinds do with single fields: which they fill in, and which they miss.</summary>
/// <remarks>Found out by asking the rules themselves, so it cannot say anything else than they do: objects with every part present and every optional
/// value absent are defaulted and validated. A default counts only if it does not depend on the rest of the object (two different rests are tried).</remarks>
internal sealed class FieldFacts
{
    private static readonly (string Text, int Number)[] Rests = [("a:1", 1), ("b", 2)];

    private readonly Dictionary<(Type, string), JsonNode?> _defaults = [];
    private readonly HashSet<(Type, string)> _required = [];

    private FieldFacts(IEnumerable<KindDefinition> kinds)
    {
        foreach (var kind in kinds)
        {
            FindDefaults(kind);
            foreach (var withElements in (bool[])[true, false])
            {
                // Required whatever is chosen elsewhere: a selector's operator decides whether it needs values.
                var missed = MissedBy(kind, new JsonSkeleton(null, withElements));
                missed.IntersectWith(MissedBy(kind, new JsonSkeleton(null, withElements, LastChoices: true)));
                _required.UnionWith(missed);
            }
        }
    }

    public static FieldFacts Of(IEnumerable<KindDefinition> kinds) => new(kinds);

    /// <summary>Null: there is none.</summary>
    public JsonNode? DefaultOf(Type record, string field) => _defaults.GetValueOrDefault((record, field))?.DeepClone();

    public bool IsRequired(Type record, string field) => _required.Contains((record, field));

    private void FindDefaults(KindDefinition kind)
    {
        var given = Array.ConvertAll(Rests, rest => new JsonSkeleton(rest, WithElements: true).Of(kind.TypeInfo));
        var defaulted = Array.ConvertAll(given, skeleton => ToJson(kind, kind.Default(Read(kind, skeleton))));
        Compare(kind.TypeInfo, given[0], defaulted[0], defaulted[1]);
    }

    private void Compare(JsonTypeInfo record, JsonNode given, JsonNode first, JsonNode second)
    {
        foreach (var property in record.Properties)
        {
            var value = first[property.Name];
            if (property.Set is null || value is null || property.Name == "metadata")
                continue;
            if (RecordShape.NestedRecord(property) is { } nested)
            {
                if (given[property.Name] is { } inside && second[property.Name] is { } other && Inner(value) is { } left && Inner(other) is { } right)
                    Compare(nested, Inner(inside) ?? new JsonObject(), left, right);
            }
            else if (value is JsonValue && given[property.Name] is null && RecordShape.IsOptional(property) && JsonNode.DeepEquals(value, second[property.Name]))
            {
                // Somewhere else the same record may be filled in differently: then there is no default to tell.
                var key = (record.Type, property.Name);
                _defaults[key] = _defaults.TryGetValue(key, out var known) && !JsonNode.DeepEquals(known, value) ? null : value.DeepClone();
            }
        }
    }

    private static HashSet<(Type, string)> MissedBy(KindDefinition kind, JsonSkeleton skeleton)
    {
        var missed = new HashSet<(Type, string)>();
        foreach (var error in kind.Validate(kind.Default(Read(kind, skeleton.Of(kind.TypeInfo)))))
        {
            if (error.Type == FieldErrorType.Required && RecordShape.Resolve(kind.TypeInfo, error.Field) is { } field && field.Record != typeof(ObjectMeta))
                missed.Add(field);
        }

        return missed;
    }

    private static JsonNode? Inner(JsonNode value) => value is JsonArray list ? list.Count > 0 ? list[0] : null : value;

    private static Resource Read(KindDefinition kind, JsonObject json) => (Resource)json.Deserialize(kind.TypeInfo)!;

    private static JsonNode ToJson(KindDefinition kind, Resource resource) => JsonSerializer.SerializeToNode(resource, kind.TypeInfo)!;
}

/// <summary>Makes an object of a kind with all its parts in it.</summary>
/// <param name="Rest">What stands in the fields that cannot be absent; null: nothing.</param>
/// <param name="WithElements">True: one element in each list of records, and optional records are there.</param>
/// <param name="LastChoices">True: enums have their last value in place of their first.</param>
internal sealed record JsonSkeleton((string Text, int Number)? Rest, bool WithElements, bool LastChoices = false)
{
    private const int Deepest = 12;

    public JsonObject Of(JsonTypeInfo record, int depth = 0)
    {
        var json = new JsonObject();
        foreach (var property in record.Properties)
        {
            if (property.Set is null || property.Name is "metadata" && depth == 0)
                continue;
            if (RecordShape.NestedRecord(property) is { } nested)
            {
                var isOptional = RecordShape.IsList(property) || RecordShape.IsOptional(property);
                if (depth < Deepest && (WithElements || !isOptional))
                    json[property.Name] = RecordShape.IsList(property) ? new JsonArray(Of(nested, depth + 1)) : Of(nested, depth + 1);
            }
            else if (LastChoices && property.PropertyType.IsEnum)
            {
                var last = Enum.GetValues(property.PropertyType).Cast<object>().Last();
                json[property.Name] = JsonSerializer.SerializeToNode(last, RecordShape.Info(property.PropertyType));
            }
            else if (Rest is { } rest && !RecordShape.IsOptional(property))
            {
                if (property.PropertyType == typeof(string))
                    json[property.Name] = rest.Text;
                else if (property.PropertyType == typeof(int))
                    json[property.Name] = rest.Number;
            }
        }

        return json;
    }
}
