using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Grains.Objects;

namespace Federation.Grains.Tests.Objects;

/// <summary>Laws of server-side apply, on random manifests of several managers. A failing test names its seed.</summary>
public sealed class ApplyPropertyTests
{
    private const int Rounds = 150;

    private static readonly string[] Managers = ["ci", "mesh", "scaler"];

    [Fact]
    public void Apply_Again_ChangesNothing() => Each((random, bench) =>
    {
        for (var step = 0; step < 6; step++)
        {
            var (manager, manifest) = (Pick(random, Managers), Manifest(random));
            if (bench.Apply(manifest, manager, force: true) is not Admission.Refused)
                bench.Apply(manifest, manager).ShouldBeOfType<Admission.Unchanged>(manifest);
        }
    });

    [Fact]
    public void Apply_Forced_EverythingStatedIsThereAndOwned() => Each((random, bench) =>
    {
        for (var step = 0; step < 6; step++)
        {
            var (manager, manifest) = (Pick(random, Managers), Manifest(random));
            if (bench.Apply(manifest, manager, force: true) is Admission.Refused)
                continue;
            Contains(bench.Json, JsonNode.Parse(manifest)!.AsObject(), manifest);
            foreach (var label in JsonNode.Parse(manifest)!["metadata"]?["labels"]?.AsObject().Select(label => label.Key) ?? [])
                bench.FieldsOf(manager)!.ShouldContain($"\"f:{label}\"");
        }
    });

    [Fact]
    public void Apply_OfDisjointFields_NeverConflictsAndLosesNothing() => Each((random, bench) =>
    {
        var stated = new Dictionary<string, SortedDictionary<string, string>>();
        bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1"}]}}}}""", "base");
        for (var step = 0; step < 12; step++)
        {
            var manager = Pick(random, Managers);
            var labels = new SortedDictionary<string, string>(
                Enumerable.Range(0, random.Next(4)).Select(_ => $"{manager}-{random.Next(3)}").Distinct().ToDictionary(key => key, _ => $"v{random.Next(2)}"), StringComparer.Ordinal);
            stated[manager] = labels;

            bench.Apply(JsonSerializer.Serialize(new { metadata = new { labels } }), manager).ShouldNotBeOfType<Admission.Refused>();

            bench.Current!.Metadata.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)
                .ShouldBe(stated.Values.SelectMany(values => values).OrderBy(label => label.Key, StringComparer.Ordinal));
        }
    });

    [Fact]
    public void Writes_OfAllSorts_EveryOwnedFieldExists() => Each((random, bench) =>
    {
        bench.Send(WriteVerb.Create, Manifest(random, complete: true), "kubectl-create");
        for (var step = 0; step < 10; step++)
        {
            var verb = Pick(random, [WriteVerb.Apply, WriteVerb.Patch, WriteVerb.StrategicPatch, WriteVerb.Replace]);
            bench.Send(verb, Manifest(random, complete: verb == WriteVerb.Replace), Pick(random, Managers), force: verb == WriteVerb.Apply);
            foreach (var entry in bench.Current!.Metadata.ManagedFields)
                Exists(entry.FieldsV1!.Value, bench.Json, entry.Manager!);
        }
    });

    private static void Each(Action<Random, AdmissionBench> law)
    {
        for (var seed = 0; seed < Rounds; seed++)
        {
            try
            {
                law(new Random(seed), new AdmissionBench(Kinds.App, "shop", "web", FinalizerNames.Works));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}", exception);
            }
        }
    }

    private static string Manifest(Random random, bool complete = false)
    {
        var labels = new JsonObject();
        foreach (var key in (string[])["a", "b", "c"])
        {
            if (random.Next(2) == 0)
                labels[key] = $"v{random.Next(2)}";
        }

        var containers = new JsonArray();
        foreach (var name in ((string[])["web", "log", "mesh"]).Where(name => name == "web" || random.Next(2) == 0).OrderBy(_ => random.Next()).ToList())
        {
            var container = new JsonObject { ["name"] = name, ["image"] = $"{name}:{random.Next(2)}" };
            if (random.Next(3) == 0)
                container["args"] = new JsonArray("x", $"{random.Next(2)}");
            if (random.Next(3) == 0)
                container["env"] = new JsonArray(new JsonObject { ["name"] = $"E{random.Next(3)}", ["value"] = $"{random.Next(2)}" });
            if (random.Next(4) == 0)
                container["readinessProbe"] = new JsonObject { ["tcpSocket"] = new JsonObject { ["port"] = random.Next(1, 3) } };
            containers.Add(container);
        }

        var spec = new JsonObject();
        if (complete || random.Next(3) > 0)
            spec["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = containers } };
        if (random.Next(2) == 0)
            spec["replicas"] = random.Next(5);
        return new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels }, ["spec"] = spec }.ToJsonString();
    }

    /// <summary>Every scalar of the statement stands at its place in the object; elements are found by name.</summary>
    private static void Contains(JsonNode? actual, JsonNode stated, string because)
    {
        switch (stated)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields.Where(field => field.Value is not JsonObject { Count: 0 }))
                    Contains(actual?[name], value!, because);
                break;
            case JsonArray list when list.All(element => element is JsonObject):
                foreach (var element in list)
                    Contains(actual!.AsArray().Single(other => (string?)other!["name"] == (string?)element!["name"]), element!, because);
                break;
            default:
                JsonNode.DeepEquals(actual, stated).ShouldBeTrue($"{actual} is not {stated} in {because}");
                break;
        }
    }

    private static void Exists(JsonElement fields, JsonNode? actual, string manager)
    {
        foreach (var field in fields.EnumerateObject().Where(field => field.Name != "."))
        {
            var name = field.Name[2..];
            var part = field.Name[0] switch
            {
                'f' => actual?[name],
                'k' => actual?.AsArray().SingleOrDefault(element => JsonNode.Parse(name)!.AsObject().All(key => key.Key == "protocol" || JsonNode.DeepEquals(element![key.Key], key.Value))),
                _ => actual?.AsArray().SingleOrDefault(element => element!.ToJsonString() == name),
            };
            // Stated empty, a map is not written.
            if (field.Name is not "f:labels")
                part.ShouldNotBeNull($"{manager} owns {field.Name}, which does not exist");
            if (part is not null)
                Exists(field.Value, part, manager);
        }
    }

    private static T Pick<T>(Random random, T[] of) => of[random.Next(of.Length)];
}
