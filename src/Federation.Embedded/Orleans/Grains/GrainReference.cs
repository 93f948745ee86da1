using System.Reflection;
using Federation.Embedded.Engine.Calls;

namespace Orleans.Runtime;

/// <summary>A reference to a grain or observer. Equal when it names the same one, whatever the interface.</summary>
public class GrainReference : DispatchProxy, IAddressable, IEquatable<GrainReference>
{
    private CallTarget? target;
    private Type? interfaceType;

    public GrainId GrainId => Target.GrainId;

    public string InterfaceName => interfaceType!.Name;

    internal CallTarget Target => target ?? throw new InvalidOperationException("References are made by the grain factory.");

    public bool Equals(GrainReference? other) => other is not null && GrainId == other.GrainId;

    public sealed override bool Equals(object? obj) => Equals(obj as GrainReference);

    public sealed override int GetHashCode() => GrainId.GetHashCode();

    public sealed override string ToString() => $"{InterfaceName}({GrainId})";

    internal void Bind(Type interfaceType) => this.interfaceType = interfaceType;

    /// <summary>A copy of this reference that sends its calls to the target.</summary>
    internal GrainReference For(CallTarget target)
    {
        var copy = (GrainReference)MemberwiseClone();
        copy.target = target;
        return copy;
    }

    protected sealed override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        Target.Send(Methods.Of(targetMethod!), args ?? []);
}
