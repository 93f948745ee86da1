using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime;

public static class ContainersExtensions
{
    private const int InspectParallelism = 8;

    /// <summary>Lists and inspects; a container that goes away in between is left out. Order as listed: newest first.</summary>
    public static async Task<ImmutableArray<Container>> ReadAllAsync(this IContainers containers, ContainerFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(containers);
        var summaries = await containers.ListAsync(filter, cancellationToken);
        var found = new Container?[summaries.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = InspectParallelism, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, summaries.Length, options, async (index, token) =>
            found[index] = await containers.TryInspectAsync(summaries[index].Id, token));
        return [.. found.OfType<Container>()];
    }

    /// <summary>Null when there is no such container.</summary>
    public static async Task<Container?> TryInspectAsync(this IContainers containers, string container, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(containers);
        try
        {
            return await containers.InspectAsync(container, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.NotFound)
        {
            return null;
        }
    }
}
