namespace Federation.Grains.Objects;

/// <summary>The object's JSON is longer than the store takes.</summary>
internal sealed class ObjectTooLargeException(int bytes, int limit) : Exception($"The object has {bytes} bytes of JSON; at most {limit} are allowed.");
