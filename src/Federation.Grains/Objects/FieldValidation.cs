namespace Federation.Grains.Objects;

/// <summary>What unknown and repeated fields of a body come to. Crosses the wire: never renumber.</summary>
[GenerateSerializer]
[Alias("federation.FieldValidation")]
public enum FieldValidation
{
    /// <summary>The write is refused.</summary>
    Strict = 0,

    /// <summary>They are dropped, and the answer says which.</summary>
    Warn = 1,

    /// <summary>They are dropped.</summary>
    Ignore = 2,
}
