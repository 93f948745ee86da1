using Orleans.Runtime;

namespace Orleans;

/// <summary>The permanent name of a grain class in grain ids and in storage.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    internal GrainType GrainType { get; } = GrainType.Create(grainType);
}
