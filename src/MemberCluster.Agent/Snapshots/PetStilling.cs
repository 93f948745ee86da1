using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Volumes;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Snapshots;

/// <summary>What is told about pets that hold still.</summary>
/// <param name="RunsAsync">Whether a pet runs with this epoch, and nothing is being done to it.</param>
/// <param name="HoldAsync">See <see cref="PodController.HoldStillAsync"/>.</param>
/// <param name="LetGo">See <see cref="PodController.LetGo"/>.</param>
internal sealed record StillPets(Func<PetKey, long, CancellationToken, Task<bool>> RunsAsync, Func<PetKey, long, CancellationToken, Task<bool>> HoldAsync, Action<PetKey> LetGo);

/// <summary>Freezes a pet's containers for a while, and thaws them whatever happens: also those that an agent froze which ended meanwhile.</summary>
internal sealed partial class PetStilling(StillPets pets, IContainers containers, Retry retry, TimeProvider time, ILogger<PetStilling> logger)
{
    /// <summary>An engine that gave no answer to a freeze in time may still do it.</summary>
    private static readonly TimeSpan ThawAgainAfter = TimeSpan.FromSeconds(15);

    public Task<bool> RunsAsync(PetKey pet, long epoch, CancellationToken cancellationToken) => pets.RunsAsync(pet, epoch, cancellationToken);

    /// <summary>While the pet is frozen.</summary>
    /// <param name="pet">Which one.</param>
    /// <param name="epoch">That it has.</param>
    /// <param name="atMost">It is frozen no longer.</param>
    /// <param name="work">What is to be done, with the moment from which on nothing changes.</param>
    /// <param name="lifetime">Of the agent.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What came of the work; with null for it, why it is worth nothing.</returns>
    /// <exception cref="RuntimeException">The engine's refusal.</exception>
    public async Task<(T? Result, StillProblem? Problem)> WhileStillAsync<T>(
        PetKey pet, long epoch, TimeSpan atMost, Func<DateTimeOffset, CancellationToken, Task<T>> work, CancellationToken lifetime, CancellationToken cancellationToken)
        where T : class
    {
        if (!await pets.HoldAsync(pet, epoch, cancellationToken))
            return (null, StillProblem.NotRunning);
        var mayFreezeLater = false;
        try
        {
            using var limit = new CancellationTokenSource(atMost, time);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            try
            {
                var frozen = await FreezeAsync(pet, ending.Token);
                if (frozen.IsEmpty)
                    return (null, StillProblem.NotRunning);
                var result = await work(time.GetUtcNow(), ending.Token);
                // What was ended, thawed or started meanwhile has written.
                return await AreStillAsync(pet, frozen, ending.Token) ? (result, null) : (null, StillProblem.Disturbed);
            }
            catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.Timeout)
            {
                mayFreezeLater = true;
                throw;
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return (null, StillProblem.TooLong);
            }
        }
        finally
        {
            await ThawAsync(pet, lifetime);
            if (mayFreezeLater)
            {
                await Task.Delay(ThawAgainAfter, time, lifetime);
                await ThawAsync(pet, lifetime);
            }

            pets.LetGo(pet);
        }
    }

    /// <summary>Thaws what is frozen of a pet, however long the engine takes to answer; unless the agent ends, whose next life does it.</summary>
    /// <param name="pet">Which one.</param>
    /// <param name="lifetime">Of the agent. The first attempt is made also when it is over.</param>
    public async Task ThawAsync(PetKey pet, CancellationToken lifetime)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                foreach (var frozen in (await ListAsync(pet, CancellationToken.None)).Where(container => container.State == ContainerState.Paused))
                {
                    await containers.ResumeAsync(frozen.Id, CancellationToken.None);
                    LogThawed(frozen.Name);
                }

                return;
            }
            catch (RuntimeException exception) when (exception.Failure == RuntimeFailure.NotFound)
            {
                // Gone is thawed; of the others nothing is known yet.
            }
            catch (RuntimeException exception)
            {
                LogNotThawed(pet.Ordinal, exception.Message);
            }

            await retry.WaitAsync(failures, ControlPlaneFailure.Unreachable, lifetime);
        }
    }

    private async Task<ImmutableHashSet<string>> FreezeAsync(PetKey pet, CancellationToken cancellationToken)
    {
        ImmutableHashSet<string> living = [.. (await ListAsync(pet, cancellationToken)).Where(IsAlive).Select(container => container.Id)];
        // Not cut short: an engine would freeze it all the same, after it was thawed.
        await Task.WhenAll(living.Select(id => containers.PauseAsync(id, CancellationToken.None)));
        return living;
    }

    private async Task<bool> AreStillAsync(PetKey pet, ImmutableHashSet<string> frozen, CancellationToken cancellationToken)
    {
        var now = (await ListAsync(pet, cancellationToken)).Where(IsAlive).ToList();
        return now.TrueForAll(container => container.State == ContainerState.Paused) && frozen.SetEquals(now.Select(container => container.Id));
    }

    private Task<ImmutableArray<ContainerSummary>> ListAsync(PetKey pet, CancellationToken cancellationToken) => containers.ListAsync(
        ContainerFilter.ByLabels($"{PodLabels.Uid}={pet.Uid}", string.Create(CultureInfo.InvariantCulture, $"{PodLabels.Ordinal}={pet.Ordinal}")), cancellationToken);

    private static bool IsAlive(ContainerSummary container) => container.State is ContainerState.Running or ContainerState.Paused or ContainerState.Restarting;

    [LoggerMessage(EventId = 560, Level = LogLevel.Information, Message = "Container {Name} goes on: it was frozen for a snapshot")]
    private partial void LogThawed(string name);

    [LoggerMessage(EventId = 561, Level = LogLevel.Error, Message = "Whether pet {Ordinal} is still frozen is not known; it is tried again to thaw it. {Problem}")]
    private partial void LogNotThawed(int ordinal, string problem);
}

/// <summary>Why what was done while a pet was frozen is worth nothing.</summary>
internal enum StillProblem
{
    /// <summary>It does not run as it should, or is just being started or stopped.</summary>
    NotRunning,

    /// <summary>It would have had to hold still for too long.</summary>
    TooLong,

    /// <summary>It did not hold still all the time.</summary>
    Disturbed,
}
