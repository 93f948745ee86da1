using System.Globalization;
using System.Text;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Daemons;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Quantities;
using Federation.Grains.Objects;
using Federation.Simulation.Tests.Invariants;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using Federation.Simulation.Tests.Silos;
using MemberCluster.Agent.ControlPlane;

namespace Federation.Simulation.Tests.Faults;

/// <summary>A person with kubectl, who remembers what was acknowledged.</summary>
internal sealed class User(World world)
{
    private const string Name = "user";
    private readonly Dictionary<ObjectKey, WriteCheck.Wish> _wishes = [];
    private readonly Dictionary<ObjectKey, Task> _asking = [];

    /// <summary>Between two tries.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Makes the namespace, and keeps trying until there is one.</summary>
    public async Task BeginAsync()
    {
        var home = new Namespace { Metadata = new ObjectMeta { Name = "default" } };
        while (await AskAsync(home.Key, WriteVerb.Create, ApiJson.Write(home)) is null)
            await world.Delay(Patience);
    }

    public Task ApplyAsync(int app, double amount)
    {
        var wish = new WriteCheck.Wish(1 + (int)(amount * 5), SimNode.Images[0]);
        return CreateAsync(Make(app, wish), wish);
    }

    public Task ScaleAsync(int app, double amount) => PatchAsync(KeyOf(app), ContainersOf, wish => wish with { Replicas = (int)(amount * 7) });

    public Task EditAsync(int app, double amount) => PatchAsync(KeyOf(app), ContainersOf, wish => wish with { Image = SimNode.Images[(int)(amount * SimNode.Images.Count)] });

    public Task DeleteAsync(int app) => DeleteAsync(KeyOf(app));

    public async Task CreateAsync(Resource resource, WriteCheck.Wish wish)
    {
        // Somebody who gets no answer asks again; that it is there already is an answer too.
        while (!await InTurnAsync(resource.Key, () => WriteAsync(resource.Key, wish, WriteVerb.Create, ApiJson.Write(resource))))
            await world.Delay(Patience);
    }

    public Task DeleteAsync(ObjectKey key) => InTurnAsync(key, () => WriteAsync(key, null, WriteVerb.Delete, default));

    public Task PatchAsync(ObjectKey key, Func<WriteCheck.Wish, IReadOnlyList<ContainerSpec>> containersOf, Func<WriteCheck.Wish, WriteCheck.Wish> change) => InTurnAsync(key, async () =>
    {
        if (!_wishes.TryGetValue(key, out var present))
            return true;
        var wish = change(present);
        var containers = Encoding.UTF8.GetString(ApiJson.ToUtf8(containersOf(wish)));
        var replicas = key.Kind == Daemon.KindName ? "" : string.Create(CultureInfo.InvariantCulture, $"\"replicas\":{wish.Replicas},");
        var patch = string.Create(CultureInfo.InvariantCulture, $"{{\"spec\":{{{replicas}\"template\":{{\"spec\":{{\"containers\":{containers}}}}}}}}}");
        return await WriteAsync(key, wish, WriteVerb.Patch, Encoding.UTF8.GetBytes(patch));
    });

    /// <returns>Null: no answer.</returns>
    public async Task<WriteResult?> CallAsync(string what, Func<SiloServices, Task<WriteResult>> call)
    {
        try
        {
            var result = await world.Network.CallAsync(Name, SimSilo.Name, () => world.Silo.Life, _ => call(world.Silo.Services!), CancellationToken.None);
            world.Trace.Add($"user: {what}: {(result.Failure is { } failure ? failure.Reason : "done")}");
            // An error of the server says nothing about whether it was done.
            return result.Failure is { Code: >= 500 } ? null : result;
        }
        catch (ControlPlaneException exception)
        {
            world.Trace.Add($"user: {what}: {exception.Message}");
            return null;
        }
    }

    /// <summary>Nobody asks for the next thing before the one before is answered, or will not be.</summary>
    /// <returns>What came of it.</returns>
    public async Task<bool> InTurnAsync(ObjectKey key, Func<Task<bool>> ask)
    {
        var before = _asking.GetValueOrDefault(key, Task.CompletedTask);
        var done = new TaskCompletionSource();
        _asking[key] = done.Task;
        await before;
        var isAnswered = await ask();
        done.SetResult();
        return isAnswered;
    }

    /// <returns>False: no answer.</returns>
    private async Task<bool> WriteAsync(ObjectKey key, WriteCheck.Wish? wish, WriteVerb verb, ReadOnlyMemory<byte> body)
    {
        world.Checks.Writes.Sent(key, wish);
        if (await AskAsync(key, verb, body) is not { } result)
            return false;
        if (result.Failure is not null)
        {
            world.Checks.Writes.Refused(key, wish);
            return true;
        }

        world.Checks.Writes.Acknowledged(key, wish);
        if (wish is null)
            _wishes.Remove(key);
        else
            _wishes[key] = wish;
        return true;
    }

    private Task<WriteResult?> AskAsync(ObjectKey key, WriteVerb verb, ReadOnlyMemory<byte> body) =>
        CallAsync($"{verb} {key}", silo => silo.Grains.GetObjectGrain(key).WriteAsync(new WriteCommand { Verb = verb, Body = body }, CancellationToken.None));

    private static ObjectKey KeyOf(int app) => new(App.KindName, "default", $"app{app}");

    private static IReadOnlyList<ContainerSpec> ContainersOf(WriteCheck.Wish wish) =>
    [
        new ContainerSpec
        {
            Name = "main",
            Image = wish.Image,
            Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("500m") } },
        },
    ];

    private static App Make(int app, WriteCheck.Wish wish) => new()
    {
        Metadata = new ObjectMeta { Name = KeyOf(app).Name, Namespace = KeyOf(app).Namespace },
        Spec = new AppSpec
        {
            Replicas = wish.Replicas,
            Template = new PodTemplate
            {
                Spec = new PodSpec
                {
                    Containers = ContainersOf(wish),
                },
            },
            Placement = new PlacementSpec { Failover = new FailoverSpec { After = TimeSpan.FromSeconds(3) } },
            Expose = [new ExposeSpec { Port = 8000 + app, TargetPort = 80 }],
        },
    };
}
