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

    /// <summary>JSON patch (RFC 6902).</summary>
    JsonPatch = 4,

    /// <summary>Kubernetes' strategic merge patch.</summary>
    StrategicPatch = 5,

    /// <summary>Server-side apply: creates or updates; needs a <see cref="WriteCommand.FieldManager"/>.</summary>
    Apply = 6,
}
