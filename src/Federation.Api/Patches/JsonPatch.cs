using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federation.Api.Patches;

/// <summary>RFC 6902: a list of operations, all of which work or none.</summary>
public static class JsonPatch
{
    /// <summary>As in Kubernetes; more is a mistake.</summary>
    public const int MostOperations = 10_000;

    /// <summary>Bytes that all copies of one patch may make together: copies of copies grow without bound.</summary>
    private const int CopyLimit = 3 * 1024 * 1024;

    private const int Deepest = 64;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Deepest, AllowDuplicateProperties = false };

    /// <param name="target">The document as it is; trusted.</param>
    /// <param name="patch">What the client sent.</param>
    public static PatchResult Apply(ReadOnlyMemory<byte> target, ReadOnlyMemory<byte> patch)
    {
        try
        {
            using var operations = JsonDocument.Parse(patch, Options);
            if (operations.RootElement.ValueKind != JsonValueKind.Array)
                return PatchResult.Malformed("a JSON patch is a list of operations");
            if (operations.RootElement.GetArrayLength() > MostOperations)
                return PatchResult.Malformed($"the patch has {operations.RootElement.GetArrayLength()} operations; at most {MostOperations} are allowed");
            var document = new Document(JsonNode.Parse(target.Span));
            var index = 0;
            foreach (var operation in operations.RootElement.EnumerateArray())
                document.Run(operation, index++);
            return new PatchResult(Encoding.UTF8.GetBytes(document.Root?.ToJsonString() ?? "null"), null);
        }
        catch (PatchException wrong)
        {
            return new PatchResult(default, wrong.Message, wrong.IsRefused);
        }
        catch (JsonException exception)
        {
            return PatchResult.Malformed($"the patch is not valid JSON: {exception.Message}");
        }
        catch (InvalidOperationException)
        {
            // Escapes that are half a surrogate pair parse, but are no text.
            return PatchResult.Malformed("the patch is not valid Unicode text");
        }
    }

    private sealed class Document(JsonNode? root)
    {
        private long _copied;

        public JsonNode? Root { get; private set; } = root;

        public void Run(JsonElement operation, int index)
        {
            if (operation.ValueKind != JsonValueKind.Object)
                throw new PatchException($"operation {index} of the patch is not an object", isRefused: false);
            var path = JsonPointer.Parse(Text(operation, "path", index));
            switch (Text(operation, "op", index))
            {
                case "add":
                    Add(path, Value(operation, index));
                    break;
                case "remove":
                    Remove(path);
                    break;
                case "replace":
                    Replace(path, Value(operation, index));
                    break;
                case "move":
                    Move(JsonPointer.Parse(Text(operation, "from", index)), path);
                    break;
                case "copy":
                    Copy(JsonPointer.Parse(Text(operation, "from", index)), path);
                    break;
                case "test":
                    if (!JsonNode.DeepEquals(path.Find(Root), Value(operation, index)))
                        throw new PatchException($"operation {index} of the patch: the test of {path} failed: the value is another one", isRefused: true);
                    break;
                case var other:
                    throw new PatchException($"operation {index} of the patch: \"{other}\" is no operation; must be add, remove, replace, move, copy or test", isRefused: false);
            }
        }

        private void Add(JsonPointer path, JsonNode? value)
        {
            if (path.Steps.Count + DepthOf(value) > Deepest)
                throw new PatchException($"the path {path} would nest deeper than {Deepest} levels", isRefused: true);
            if (path.IsRoot)
            {
                Root = value;
                return;
            }

            switch (path.Parent(Root))
            {
                case JsonObject fields:
                    fields[path.Last] = value;
                    break;
                case JsonArray list when path.Last == "-":
                    list.Add(value);
                    break;
                case JsonArray list:
                    list.Insert(path.Index(path.Last, list.Count + 1), value);
                    break;
                default:
                    throw path.Missing(path.Steps.Count);
            }
        }

        private JsonNode? Remove(JsonPointer path)
        {
            var removed = path.Find(Root);
            if (path.IsRoot)
                Root = null;
            else if (path.Parent(Root) is JsonObject fields)
                fields.Remove(path.Last);
            else if (path.Parent(Root) is JsonArray list)
                list.RemoveAt(path.Index(path.Last, list.Count));
            return removed;
        }

        private void Replace(JsonPointer path, JsonNode? value)
        {
            path.Find(Root);
            if (path.Steps.Count > 0 && path.Parent(Root) is JsonArray list)
                list[path.Index(path.Last, list.Count)] = value;
            else
                Add(path, value);
        }

        private void Move(JsonPointer from, JsonPointer path)
        {
            if (path.IsWithin(from))
                throw new PatchException($"{from} cannot be moved into itself ({path})", isRefused: true);
            if (from.ToString() == path.ToString())
                from.Find(Root);
            else
                Add(path, Remove(from));
        }

        private void Copy(JsonPointer from, JsonPointer path)
        {
            var copy = from.Find(Root)?.DeepClone();
            _copied += copy is null ? 4 : Encoding.UTF8.GetByteCount(copy.ToJsonString());
            if (_copied > CopyLimit)
                throw new PatchException($"the copies of the patch come to more than {CopyLimit} bytes", isRefused: true);
            Add(path, copy);
        }

        private static string Text(JsonElement operation, string name, int index) =>
            operation.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new PatchException($"operation {index} of the patch: {name} is missing", isRefused: false);

        private static JsonNode? Value(JsonElement operation, int index)
        {
            if (!operation.TryGetProperty("value", out var value))
                throw new PatchException($"operation {index} of the patch: value is missing", isRefused: false);
            return value.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(value.GetRawText());
        }

        private static int DepthOf(JsonNode? node) => node switch
        {
            JsonObject fields => 1 + fields.Select(field => DepthOf(field.Value)).DefaultIfEmpty().Max(),
            JsonArray list => 1 + list.Select(DepthOf).DefaultIfEmpty().Max(),
            _ => 0,
        };
    }
}
