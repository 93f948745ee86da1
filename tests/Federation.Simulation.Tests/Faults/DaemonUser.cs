using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Meta;
using Federation.Simulation.Tests.Invariants;
using Federation.Simulation.Tests.Regions;

namespace Federation.Simulation.Tests.Faults;

/// <summary>What a person does with the world's Daemon.</summary>
internal sealed class DaemonUser(User user)
{
    private static readonly ObjectKey Key = new(Daemon.KindName, "default", "daemon");

    public Task ApplyAsync()
    {
        // As many as there are machines: it has no number of its own.
        var wish = new WriteCheck.Wish(0, SimNode.Images[0]);
        return user.CreateAsync(Make(wish), wish);
    }

    public Task EditAsync(double amount) => user.PatchAsync(Key, ContainersOf, wish => wish with { Image = SimNode.Images[(int)(amount * SimNode.Images.Count)] });

    public Task DeleteAsync() => user.DeleteAsync(Key);

    /// <summary>It asks for no room: the room is the apps', whose checks count it.</summary>
    private static IReadOnlyList<ContainerSpec> ContainersOf(WriteCheck.Wish wish) => [new ContainerSpec { Name = "main", Image = wish.Image }];

    private static Daemon Make(WriteCheck.Wish wish) => new()
    {
        Metadata = new ObjectMeta { Name = Key.Name, Namespace = Key.Namespace },
        Spec = new DaemonSpec { Template = new PodTemplate { Spec = new PodSpec { Containers = ContainersOf(wish) } } },
    };
}
