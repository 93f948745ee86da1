using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Quantities;
using Federation.Grains.Pets;
using Federation.Simulation.Tests.Invariants;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using MemberCluster.Agent.Pods.Volumes;

namespace Federation.Simulation.Tests.Faults;

/// <summary>What a person does with PetSets. Says of a pet only what is true.</summary>
internal sealed class PetUser(World world, User user, IReadOnlyList<PetShape> shapes)
{
    private const string Claim = "data";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    public Task ApplyAsync(int set, double amount)
    {
        var wish = new WriteCheck.Wish(1 + (int)(amount * 4), SimNode.Images[0]);
        return user.CreateAsync(Make(set, wish), wish);
    }

    public Task ScaleAsync(int set, double amount) => user.PatchAsync(KeyOf(set), wish => ContainersOf(shapes[set], wish), wish => wish with { Replicas = (int)(amount * 6) });

    public Task EditAsync(int set, double amount) => user.PatchAsync(KeyOf(set), wish => ContainersOf(shapes[set], wish), wish => wish with { Image = SimNode.Images[(int)(amount * SimNode.Images.Count)] });

    public Task DeleteAsync(int set) => user.DeleteAsync(KeyOf(set));

    /// <summary>As <c>fed release</c>.</summary>
    public async Task ReleaseAsync(int set, double amount)
    {
        if (world.Checks.Pets.Find(KeyOf(set)) is { Status.Pets: { Count: > 0 } pets })
            await SayAsync(KeyOf(set), new PetWord { Ordinal = pets[(int)(amount * pets.Count)].Ordinal, Kind = PetWordKind.Release, By = "user" });
    }

    /// <summary>As <c>fed move</c>: to some other cluster.</summary>
    public async Task MoveAsync(int set, double amount)
    {
        if (world.Checks.Pets.Find(KeyOf(set)) is not { Status.Pets: { Count: > 0 } pets })
            return;
        var pet = pets[(int)(amount * pets.Count)];
        var others = world.Clusters.Where(cluster => cluster.Name != pet.Cluster).ToList();
        await SayAsync(KeyOf(set), new PetWord { Ordinal = pet.Ordinal, Kind = PetWordKind.Move, To = others[(int)(amount * 97) % others.Count].Name, By = "user" });
    }

    /// <summary>As <c>fed move --cancel</c> for all that moves.</summary>
    public async Task TakeBackMovesAsync(int set)
    {
        foreach (var word in world.Checks.Pets.Find(KeyOf(set))?.Status.Words.Where(word => word.Kind == PetWordKind.Move).ToList() ?? [])
            await SayAsync(KeyOf(set), new PetWord { Ordinal = word.Ordinal, Kind = PetWordKind.Move, By = "user" });
    }

    /// <summary>A pet that was to move before it had ever made its volumes waits for them until somebody takes the move back.</summary>
    public async Task TakeBackHopelessMovesAsync()
    {
        while (true)
        {
            await world.Delay(Look);
            foreach (var set in world.Checks.Pets.Sets.Values.OrderBy(set => set.Metadata.Name, StringComparer.Ordinal).ToList())
            {
                foreach (var pet in set.Status.Pets.Where(pet => pet is { Move: not null, Cluster: not null } && !HasVolume(set, pet)))
                    await SayAsync(set.Key, new PetWord { Ordinal = pet.Ordinal, Epoch = pet.Epoch, Kind = PetWordKind.Move, By = "user" });
            }
        }
    }

    /// <summary>As <c>fed move --back</c> for all that left volumes that are kept.</summary>
    public async Task SendBackAsync(int set)
    {
        foreach (var left in world.Checks.Pets.Find(KeyOf(set))?.Status.Leftovers.Where(left => left.After is null).ToList() ?? [])
            await SayAsync(KeyOf(set), new PetWord { Ordinal = left.Ordinal, Kind = PetWordKind.Move, To = left.Cluster, Back = true, By = "user" });
    }

    /// <summary>Waits until some pet of the set is given to a cluster, and releases it from there before long.</summary>
    public async Task ReleaseSoonAsync(int set, double amount)
    {
        var given = new TaskCompletionSource<PetStatus>();
        world.Checks.Pets.Given = (key, pet) =>
        {
            if (key == KeyOf(set))
                given.TrySetResult(pet);
        };
        var pet = await given.Task;
        await world.Delay(TimeSpan.FromSeconds(amount));
        await SayAsync(KeyOf(set), new PetWord { Ordinal = pet.Ordinal, Kind = PetWordKind.Release, By = "user" });
    }

    /// <summary>As <c>fed release</c> for all that the cluster has.</summary>
    public async Task ReleaseAllAsync(string cluster)
    {
        foreach (var set in world.Checks.Pets.Sets.Values.OrderBy(set => set.Metadata.Name, StringComparer.Ordinal).ToList())
        {
            foreach (var pet in set.Status.Pets.Where(pet => pet.Cluster == cluster))
                await SayAsync(set.Key, new PetWord { Ordinal = pet.Ordinal, Epoch = pet.Epoch, Kind = PetWordKind.Release, By = "user" });
        }
    }

    /// <summary>As <c>fed fence</c> for all that the cluster had, which must be gone for good. Returns when nobody will act on a word of it any more.</summary>
    public async Task FenceAllAsync(string cluster)
    {
        foreach (var set in world.Checks.Pets.Sets.Values.OrderBy(set => set.Metadata.Name, StringComparer.Ordinal).ToList())
        {
            foreach (var pet in set.Status.Pets.Where(pet => pet.Cluster == cluster))
                await FenceAsync(set.Key, set.Metadata.Uid, pet);
        }
    }

    private async Task FenceAsync(ObjectKey key, string? uid, PetStatus pet)
    {
        // What it was to take along is burnt, too: it does not go there.
        while (Of(key, pet)?.Move is not null)
        {
            await SayAsync(key, new PetWord { Ordinal = pet.Ordinal, Epoch = pet.Epoch, Kind = PetWordKind.Move, By = "user" });
            await world.Delay(User.Patience);
        }

        var word = new PetWord { Ordinal = pet.Ordinal, Epoch = pet.Epoch, Kind = PetWordKind.Fence, By = "user" };
        while (await SayAsync(key, word) is not { Failure: null })
        {
            // Refused as long as the cluster counts as one that can be heard; of another epoch there is nothing to say.
            if (Of(key, pet) is null)
                return;
            await world.Delay(User.Patience);
        }

        while (world.Checks.Pets.Find(key) is { } set && set.Metadata.Uid == uid && set.Status.Words.Any(said => said.Ordinal == pet.Ordinal && said.Epoch == pet.Epoch && said.Kind == word.Kind)
            && set.Status.Pets.Any(other => other.Ordinal == pet.Ordinal && other.Epoch == pet.Epoch && other.Release?.FreedAt is null))
            await world.Delay(User.Patience);
    }

    private bool HasVolume(PetSet set, PetStatus pet)
    {
        var name = PodVolumes.NameOf(pet.Cluster!, set.Key.Namespace, set.Key.Name, Claim, pet.Ordinal);
        return world.Clusters.First(cluster => cluster.Name == pet.Cluster).Nodes.Any(node => node.Engine.Resources.FindVolume(name) is not null);
    }

    /// <summary>The pet as it is now; null: it is gone, or has another epoch.</summary>
    private PetStatus? Of(ObjectKey key, PetStatus pet) => world.Checks.Pets.Find(key)?.Status.Pets.FirstOrDefault(other => (other.Ordinal, other.Epoch) == (pet.Ordinal, pet.Epoch));

    private Task<Grains.Objects.WriteResult?> SayAsync(ObjectKey key, PetWord word) =>
        user.CallAsync($"{word.Kind} {key}-{word.Ordinal}", silo => silo.Grains.GetGrain<IPetSetGrain>(key.ToString()).SayAsync(word, dryRun: false, CancellationToken.None));

    private static ObjectKey KeyOf(int set) => new(PetSet.KindName, "default", $"db{set}");

    private static IReadOnlyList<ContainerSpec> ContainersOf(PetShape shape, WriteCheck.Wish wish) =>
    [
        new ContainerSpec { Name = "main", Image = wish.Image, VolumeMounts = shape.HasVolumes ? [new VolumeMount { Name = Claim, MountPath = "/data" }] : [] },
    ];

    /// <summary>Pets ask for no room: the room is the apps', whose checks count it.</summary>
    private PetSet Make(int set, WriteCheck.Wish wish)
    {
        var shape = shapes[set];
        return new PetSet
        {
            Metadata = new ObjectMeta { Name = KeyOf(set).Name, Namespace = KeyOf(set).Namespace },
            Spec = new PetSetSpec
            {
                Replicas = wish.Replicas,
                Ordinals = new PetOrdinals { Start = shape.FirstOrdinal },
                PodManagementPolicy = shape.Order,
                PartitionPolicy = shape.Policy,
                VolumeClaims = shape.HasVolumes ? [new VolumeClaim { Name = Claim, Size = Quantity.Parse("1Gi") }] : [],
                VolumeRetention = new VolumeRetention { WhenDeleted = shape.Retention, WhenScaled = shape.Retention },
                Placement = new PetPlacement { Failover = new PetFailover { After = shape.FailoverAfter, Volumes = shape.Volumes } },
                Template = new PodTemplate
                {
                    Spec = new PodSpec
                    {
                        TerminationGracePeriodSeconds = 1,
                        Containers = ContainersOf(shape, wish),
                    },
                },
            },
        };
    }
}
