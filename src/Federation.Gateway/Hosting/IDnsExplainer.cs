using System.Text.Json.Nodes;

namespace Federation.Gateway.Hosting;

/// <summary>Says what the name server answers and why. The host fills it in where it runs a name server.</summary>
public interface IDnsExplainer
{
    /// <exception cref="FormatException">The name or the type is none.</exception>
    JsonObject Explain(string name, string type);
}
