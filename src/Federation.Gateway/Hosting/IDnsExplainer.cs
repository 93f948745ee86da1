using System.Text.Json.Nodes;

namespace Federation.Gateway.Hosting;

/// <summary>Says what the name server answers and why. The host fills it in where it runs a name server.</summary>
public interface IDnsExplainer
{
    /// <param name="name">A domain name.</param>
    /// <param name="type">A record type's mnemonic.</param>
    /// <param name="from">Who asks, an address or a network; null: nobody in particular.</param>
    /// <exception cref="FormatException">One of them is none.</exception>
    JsonObject Explain(string name, string type, string? from);

    /// <summary>A served zone as a zone file: <c>zone</c>, <c>serial</c>, <c>text</c>; null: it is not served.</summary>
    /// <exception cref="FormatException">The name is none.</exception>
    JsonObject? Export(string zone);

    /// <summary>What the parent of a signed zone is to have: <c>zone</c>, <c>records</c>; null: the zone is not signed.</summary>
    /// <exception cref="FormatException">The name is none.</exception>
    JsonObject? RecordsForParent(string zone);

    /// <summary>The federation's name servers, as each answers for itself: <c>zone</c>, <c>servers</c>.</summary>
    Task<JsonObject> StatusAsync(CancellationToken cancellationToken);
}
