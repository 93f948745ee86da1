namespace Federation.Grains.Objects;

/// <summary>Where identities come from. A port, so that a simulation gets the same ones each time.</summary>
public interface IIdSource
{
    /// <summary>A new object's uid: a UUID as text, never used before.</summary>
    string NewUid();
}

internal sealed class RandomIdSource : IIdSource
{
    public string NewUid() => Guid.NewGuid().ToString("D");
}
