using System.Globalization;
using Federation.Embedded.Engine.Calls;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Reads the identity of a grain, from inside or through a reference.</summary>
public static class GrainExtensions
{
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        GrainReference reference => reference.GrainId,
        IGrainBase grainBase => grainBase.GrainContext.GrainId,
        null => throw new ArgumentNullException(nameof(grain)),
        _ => throw new ArgumentException($"{grain.GetType()} is neither a grain nor a grain reference.", nameof(grain)),
    };

    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    public static Guid GetPrimaryKey(this IAddressable grain) => Guid.ParseExact(grain.GetPrimaryKeyString(), "N");

    public static long GetPrimaryKeyLong(this IAddressable grain) =>
        long.Parse(grain.GetPrimaryKeyString(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>A reference to the same grain under another of its interfaces; inside a grain, a reference to itself.</summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) => grain switch
    {
        GrainReference reference => References.Create<TGrainInterface>(reference.Target),
        IGrainBase { GrainContext: Federation.Embedded.Engine.Activations.Activation activation } =>
            References.Create<TGrainInterface>(new GrainTarget(activation.Engine, activation.GrainId)),
        _ => throw new ArgumentException("Only a grain or a grain reference has a reference.", nameof(grain)),
    };
}
