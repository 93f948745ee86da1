using Federation.Api.Agents;
using Federation.Api.Apps;

namespace MemberCluster.Agent.Images;

/// <summary>The image of one container: what is run, and how it may be fetched.</summary>
/// <param name="Reference">What the engine is asked for.</param>
/// <param name="IsDecided">The reference stands for certain bytes: once they are here, no registry knows newer ones.</param>
/// <param name="Policy">When it is fetched.</param>
/// <param name="Credentials">With what.</param>
internal sealed record ImageRequest(string Reference, bool IsDecided, ImagePullPolicy Policy, PullCredentials Credentials)
{
    public static ImageRequest Of(ContainerSpec container, Work work)
    {
        var decided = ImagePinning.Decided(container, work);
        var reference = decided ?? container.Image;
        return new ImageRequest(reference, decided is not null, container.ImagePullPolicy ?? ImagePullPolicy.IfNotPresent, PullCredentials.For(reference, work));
    }
}
