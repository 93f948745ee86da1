namespace Federation.Grains.Objects;

/// <summary>What a write does. Crosses the wire: never renumber.</summary>
[GenerateSerializer]
[Alias("federation.WriteVerb")]
public enum WriteVerb
{
    Create = 0,
    Replace = 1,

    /// <summary>JSON merge patch (RFC 7386).</summary>
    Patch = 2,
    Delete = 3,
}
