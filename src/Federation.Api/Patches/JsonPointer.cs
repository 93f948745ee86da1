using System.Text.Json.Nodes;

namespace Federation.Api.Patches;

/// <summary>RFC 6901: where in a document a patch operation works.</summary>
internal sealed class JsonPointer
{
    private readonly string _text;

    private JsonPointer(string text, string[] steps) => (_text, Steps) = (text, steps);

    public IReadOnlyList<string> Steps { get; }

    public bool IsRoot => Steps.Count == 0;

    public string Last => Steps[^1];

    /// <exception cref="PatchException">Not a pointer.</exception>
    public static JsonPointer Parse(string text)
    {
        if (text.Length == 0)
            return new JsonPointer(text, []);
        if (text[0] != '/')
            throw new PatchException($"\"{text}\" is not a JSON pointer: it must begin with /", isRefused: false);
        var steps = text[1..].Split('/');
        for (var index = 0; index < steps.Length; index++)
        {
            var step = steps[index];
            for (var tilde = step.IndexOf('~'); tilde >= 0; tilde = step.IndexOf('~', tilde + 1))
            {
                if (tilde + 1 >= step.Length || step[tilde + 1] is not ('0' or '1'))
                    throw new PatchException($"\"{text}\" is not a JSON pointer: ~ must be followed by 0 or 1", isRefused: false);
            }

            steps[index] = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        }

        return new JsonPointer(text, steps);
    }

    /// <summary>The value; it may be JSON's null.</summary>
    /// <exception cref="PatchException">There is none.</exception>
    public JsonNode? Find(JsonNode? root) => Walk(root, Steps.Count);

    /// <summary>The object or list that the last step works in.</summary>
    /// <exception cref="PatchException">There is none.</exception>
    public JsonNode Parent(JsonNode? root) => Walk(root, Steps.Count - 1) ?? throw Missing(Steps.Count - 1);

    /// <summary>An index of an existing element, RFC 6901, section 4: digits without leading zeros.</summary>
    /// <param name="end">One past the largest index allowed.</param>
    /// <exception cref="PatchException">Not an index, or beyond the end.</exception>
    public int Index(string step, int end)
    {
        var isNumber = step.Length is > 0 and < 10 && step.All(char.IsAsciiDigit) && (step.Length == 1 || step[0] != '0');
        if (!isNumber)
            throw new PatchException($"the path {_text} is wrong: \"{step}\" is not an index of a list", isRefused: true);
        var index = int.Parse(step, System.Globalization.CultureInfo.InvariantCulture);
        return index < end ? index : throw new PatchException($"the path {_text} is wrong: index {step} is beyond the end of the list", isRefused: true);
    }

    public bool IsWithin(JsonPointer outer) => Steps.Count > outer.Steps.Count && outer.Steps.SequenceEqual(Steps.Take(outer.Steps.Count));

    public PatchException Missing(int depth) =>
        new($"the path {_text} does not exist: there is no {(depth == 0 ? "document" : $"/{string.Join('/', Steps.Take(depth))}")}", isRefused: true);

    public override string ToString() => _text;

    private JsonNode? Walk(JsonNode? node, int depth)
    {
        for (var step = 0; step < depth; step++)
        {
            node = node switch
            {
                JsonObject fields when fields.TryGetPropertyValue(Steps[step], out var value) => value,
                JsonArray list => list[Index(Steps[step], list.Count)],
                _ => throw Missing(step + 1),
            };
        }

        return node;
    }
}
