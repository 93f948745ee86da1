using Orleans.Runtime;

namespace Orleans
{
    /// <summary>Base of every grain interface.</summary>
    public interface IGrain : IAddressable;

    /// <summary>A grain interface whose grains are named by a string.</summary>
    public interface IGrainWithStringKey : IGrain;

    /// <summary>A grain interface whose grains are named by a GUID.</summary>
    public interface IGrainWithGuidKey : IGrain;

    /// <summary>A grain interface whose grains are named by a number.</summary>
    public interface IGrainWithIntegerKey : IGrain;

    /// <summary>Base of every interface through which a grain calls back into a subscriber.</summary>
    public interface IGrainObserver : IAddressable;
}

namespace Orleans.Runtime
{
    /// <summary>Anything a grain call can be sent to.</summary>
    public interface IAddressable;
}
