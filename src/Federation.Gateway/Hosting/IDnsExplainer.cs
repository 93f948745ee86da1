using System.Text.Json.Nodes;

namespace Federation.Gateway.Hosting;

/// <summary>Says what the name server answers and why. The host fills it in where it runs a name server.</summary>
public interface IDnsExplainer
{
    /// <exception cref="FormatException">The name or the type is none.</exception>
    JsonObject Explain(string name, string type);

    /// <summary>A served zone as a zone file: <c>zone</c>, <c>serial</c>, <c>text</c>; null: it is not served.</summary>
    /// <exception cref="FormatException">The name is none.</exception>
    JsonObject? Export(string zone);
}
