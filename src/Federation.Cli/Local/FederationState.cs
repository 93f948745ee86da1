using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federation.Cli.Local;

/// <summary>What <c>fed up</c> remembers of the federation it started, in <c>federation.json</c> under the data directory.</summary>
internal sealed record FederationState
{
    public required string Gateway { get; init; }
    public required string Dns { get; init; }
    public required string Zone { get; init; }

    /// <summary>The Docker Engine's address; empty: the engine's default.</summary>
    public required string Docker { get; init; }

    public required IReadOnlyList<RegionPlan> Regions { get; init; }

    /// <summary>True once the sample was applied; a later <c>up</c> leaves it as its users changed it.</summary>
    public bool SampleApplied { get; init; }
}

/// <summary>One region of a local federation: a cluster, and the address it advertises.</summary>
internal sealed record RegionPlan(string Region, string Address)
{
    [JsonIgnore]
    public string Cluster => Region;

    [JsonIgnore]
    public string Zone => $"{Region}-1";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(FederationState))]
internal sealed partial class FederationStateContext : JsonSerializerContext;

/// <summary>Where things are under the data directory.</summary>
internal sealed class DataDirectory(string path)
{
    public string Root { get; } = Path.GetFullPath(path);
    public string Kubeconfig => Path.Combine(Root, "kubeconfig");
    public string ControlPlane => Path.Combine(Root, "control-plane");

    private string StateFile => Path.Combine(Root, "federation.json");

    public bool Exists => File.Exists(StateFile);

    public string Agent(string cluster) => Path.Combine(Root, "agents", cluster);

    public FederationState? Load()
    {
        if (!Exists)
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(StateFile), FederationStateContext.Default.FederationState);
        }
        catch (JsonException error)
        {
            throw new CliException($"{StateFile} cannot be read: {error.Message}");
        }
    }

    public void Save(FederationState state)
    {
        try
        {
            Directory.CreateDirectory(Root);
            var temporary = StateFile + ".new";
            File.WriteAllText(temporary, JsonSerializer.Serialize(state, FederationStateContext.Default.FederationState));
            File.Move(temporary, StateFile, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"The data directory {Root} cannot be written: {error.Message}");
        }
    }

    public BackgroundProcess ControlPlaneProcess() => new("control-plane", Root);

    public BackgroundProcess AgentProcess(string cluster) => new($"agent-{cluster}", Root);
}
