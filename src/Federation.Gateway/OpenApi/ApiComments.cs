using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Federation.Gateway.OpenApi;

/// <summary>The doc comments of the API's records, as plain text: what a field says in the source is what <c>kubectl explain</c> says.</summary>
internal static class ApiComments
{
    private static readonly Dictionary<string, XElement> Members = Load();

    /// <summary>Null: the type has no comment.</summary>
    public static string? Of(Type type) => Text($"T:{type.FullName}");

    /// <summary>The property's own comment, or that of the property it overrides.</summary>
    public static string? Of(PropertyInfo property)
    {
        for (var type = property.DeclaringType; type is not null; type = type.BaseType)
        {
            if (Text($"P:{type.FullName}.{property.Name}") is { } text)
                return text;
        }

        return null;
    }

    /// <summary>The comment of one value of an enum.</summary>
    public static string? Of(Type type, string value) => Text($"F:{type.FullName}.{value}");

    private static string? Text(string member) => Members.TryGetValue(member, out var summary) ? Plain(summary) : null;

    private static string? Plain(XElement element)
    {
        var text = new StringBuilder();
        Append(element, text);
        var words = string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words.Length == 0 ? null : words;
    }

    private static void Append(XElement element, StringBuilder text)
    {
        foreach (var node in element.Nodes())
        {
            if (node is XText plain)
                text.Append(plain.Value);
            else if (node is XElement { Name.LocalName: "see" } see && see.Attribute("cref") is { } reference && see.IsEmpty)
                text.Append(NameOf(reference.Value));
            else if (node is XElement inner)
                Append(inner, text);
        }
    }

    /// <summary>Properties by their JSON name, types and values as they are named.</summary>
    private static string NameOf(string member)
    {
        var name = member[(member.LastIndexOf('.') + 1)..];
        return member[0] == 'P' ? JsonNamingPolicy.CamelCase.ConvertName(name) : name;
    }

    private static Dictionary<string, XElement> Load()
    {
        using var stream = typeof(ApiComments).Assembly.GetManifestResourceStream("Federation.Api.xml")
            ?? throw new InvalidOperationException("The API's doc comments are missing from this build.");
        return XDocument.Load(stream).Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => member.Element("summary")!);
    }
}
