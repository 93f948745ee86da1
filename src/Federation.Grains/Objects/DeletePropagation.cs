namespace Federation.Grains.Objects;

/// <summary>What becomes of the objects whose <c>metadata.ownerReferences</c> name the deleted one. Crosses the wire: never renumber.</summary>
[GenerateSerializer]
[Alias("federation.DeletePropagation")]
public enum DeletePropagation
{
    /// <summary>They are deleted once their last owner is gone.</summary>
    Background = 0,

    /// <summary>They are deleted first; the object stays, marked as being deleted, until those that block its deletion are gone.</summary>
    Foreground = 1,

    /// <summary>They stay, and lose the reference.</summary>
    Orphan = 2,
}
