using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api.Json;
using Federation.Api.Meta;

namespace Federation.Api.Tests.Json;

/// <summary>Compared without being written, objects are what their bytes say.</summary>
public sealed class StoredEqualityTests
{
    [Fact]
    public void AreStoredAlike_EveryValueOfEverySampleChanged_SaysWhatTheBytesSay()
    {
        var changed = 0;
        foreach (var (definition, document) in Samples())
        {
            var original = ApiJson.Read(definition, Utf8(document));
            ApiJson.AreStoredAlike(original, ApiJson.Read(definition, Utf8(document))).ShouldBeTrue(definition.Kind);
            foreach (var mutant in Mutants(document))
            {
                if (Read(definition, mutant) is not { } other)
                    continue;
                ApiJson.AreStoredAlike(original, other).ShouldBe(ApiJson.Write(original).AsSpan().SequenceEqual(ApiJson.Write(other)), mutant.ToJsonString());
                changed++;
            }
        }

        changed.ShouldBeGreaterThan(400);
    }

    [Fact]
    public void AreStoredAlike_RevisionDiffers_Are() => ApiJson.AreStoredAlike(Manifests.App.AtRevision(7), Manifests.App.AtRevision(8)).ShouldBeTrue();

    [Fact]
    public void AreStoredAlike_OneQuantityWrittenInTwoWays_AreNot()
    {
        var document = JsonNode.Parse(Manifests.Web)!;
        var milli = JsonNode.Parse(Manifests.Web.Replace("\"cpu\": \"1\"", "\"cpu\": \"1000m\"", StringComparison.Ordinal))!;
        ApiJson.AreStoredAlike(ApiJson.Read(Kinds.App, Utf8(document)), ApiJson.Read(Kinds.App, Utf8(milli))).ShouldBeFalse();
    }

    private static IEnumerable<(KindDefinition Definition, JsonNode Document)> Samples()
    {
        yield return (Kinds.App, JsonNode.Parse(Manifests.Web)!);
        yield return (Kinds.App, JsonNode.Parse(Manifests.WebWith(app => app.WithData()))!);
        yield return (Kinds.Cluster, JsonNode.Parse(Manifests.UsEast)!);
    }

    /// <summary>The document with one value changed, one entry of a list or object taken out or doubled.</summary>
    private static IEnumerable<JsonNode> Mutants(JsonNode document)
    {
        foreach (var path in Paths(document, []).Where(path => path.Length > 0).ToList())
        {
            foreach (var change in Changes)
            {
                var copy = document.DeepClone();
                if (change(path.SkipLast(1).Aggregate(copy, (node, step) => step is int index ? node[index]! : node[(string)step]!), path[^1]))
                    yield return copy;
            }
        }
    }

    private static readonly Func<JsonNode, object, bool>[] Changes =
    [
        (parent, step) => Replace(parent, step, node => node.GetValueKind() switch
        {
            JsonValueKind.String => JsonValue.Create($"{node.GetValue<string>()}1"),
            JsonValueKind.Number => JsonValue.Create(node.GetValue<int>() + 1),
            JsonValueKind.True or JsonValueKind.False => JsonValue.Create(!node.GetValue<bool>()),
            _ => null,
        }),
        (parent, step) =>
        {
            if (parent is JsonObject map)
                return map.Remove((string)step);
            ((JsonArray)parent).RemoveAt((int)step);
            return true;
        },
        (parent, step) =>
        {
            if (parent is not JsonArray list)
                return false;
            list.Add(list[(int)step]!.DeepClone());
            return true;
        },
    ];

    private static bool Replace(JsonNode parent, object step, Func<JsonNode, JsonNode?> next)
    {
        var old = step is int index ? parent[index]! : parent[(string)step]!;
        if (next(old) is not { } replaced)
            return false;
        if (step is int at)
            parent[at] = replaced;
        else
            parent[(string)step] = replaced;
        return true;
    }

    private static IEnumerable<object[]> Paths(JsonNode node, object[] to) => node switch
    {
        JsonObject map => map.SelectMany(entry => Paths(entry.Value!, [.. to, entry.Key])).Append(to),
        JsonArray list => list.SelectMany((entry, index) => Paths(entry!, [.. to, index])).Append(to),
        _ => [to],
    };

    private static Resource? Read(KindDefinition definition, JsonNode document)
    {
        try
        {
            return ApiJson.Read(definition, Utf8(document));
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }

    private static byte[] Utf8(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node);
}
