using System.Globalization;
using System.Text;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Core;
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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly Dictionary<int, WriteCheck.Wish> _wishes = [];

    public static ObjectKey KeyOf(int app) => new(App.KindName, "default", $"app{app}");

    /// <summary>Makes the namespace, and keeps trying until there is one.</summary>
    public async Task BeginAsync()
    {
        var home = new Namespace { Metadata = new ObjectMeta { Name = "default" } };
        while (await WriteAsync(home.Key, new WriteCommand { Verb = WriteVerb.Create, Body = ApiJson.Write(home) }) is null)
            await world.Delay(Patience);
    }

    public async Task ApplyAsync(int app, double amount)
    {
        var wish = new WriteCheck.Wish(1 + (int)(amount * 5), SimNode.Images[0]);
        // Somebody who gets no answer asks again; that it is there already is an answer too.
        while (!await WriteAsync(app, wish, new WriteCommand { Verb = WriteVerb.Create, Body = ApiJson.Write(Make(app, wish)) }))
            await world.Delay(Patience);
    }

    public Task ScaleAsync(int app, double amount) => PatchAsync(app, wish => wish with { Replicas = (int)(amount * 7) });

    public Task EditAsync(int app, double amount) => PatchAsync(app, wish => wish with { Image = SimNode.Images[(int)(amount * SimNode.Images.Count)] });

    public Task DeleteAsync(int app) => WriteAsync(app, null, new WriteCommand { Verb = WriteVerb.Delete });

    private Task PatchAsync(int app, Func<WriteCheck.Wish, WriteCheck.Wish> change)
    {
        if (!_wishes.TryGetValue(app, out var present))
            return Task.CompletedTask;
        var wish = change(present);
        var containers = ApiJson.ToUtf8(Make(app, wish).Spec.Template.Spec.Containers);
        var patch = string.Create(CultureInfo.InvariantCulture, $"{{\"spec\":{{\"replicas\":{wish.Replicas},\"template\":{{\"spec\":{{\"containers\":{Encoding.UTF8.GetString(containers)}}}}}}}}}");
        return WriteAsync(app, wish, new WriteCommand { Verb = WriteVerb.Patch, Body = Encoding.UTF8.GetBytes(patch) });
    }

    /// <returns>False: no answer.</returns>
    private async Task<bool> WriteAsync(int app, WriteCheck.Wish? wish, WriteCommand command)
    {
        var key = KeyOf(app);
        world.Checks.Writes.Sent(key, wish);
        if (await WriteAsync(key, command) is not { } result)
            return false;
        // An error of the server says nothing about whether it was done.
        if (result.Failure is { Code: >= 500 })
            return false;
        if (result.Failure is not null)
        {
            world.Checks.Writes.Refused(key, wish);
            return true;
        }

        world.Checks.Writes.Acknowledged(key, wish);
        if (wish is null)
            _wishes.Remove(app);
        else
            _wishes[app] = wish;
        return true;
    }

    private async Task<WriteResult?> WriteAsync(ObjectKey key, WriteCommand command)
    {
        try
        {
            var result = await world.Network.CallAsync(
                Name, SimSilo.Name, () => world.Silo.Life, _ => world.Silo.Services!.Grains.GetObjectGrain(key).WriteAsync(command, CancellationToken.None), CancellationToken.None);
            world.Trace.Add($"user: {command.Verb} {key}: {(result.Failure is { } failure ? failure.Reason : "done")}");
            return result;
        }
        catch (ControlPlaneException exception)
        {
            world.Trace.Add($"user: {command.Verb} {key}: {exception.Message}");
            return null;
        }
    }

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
                    Containers =
                    [
                        new ContainerSpec
                        {
                            Name = "main",
                            Image = wish.Image,
                            Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("500m") } },
                        },
                    ],
                },
            },
            Placement = new PlacementSpec { Failover = new FailoverSpec { After = TimeSpan.FromSeconds(3) } },
            Expose = [new ExposeSpec { Port = 8000 + app, TargetPort = 80 }],
        },
    };
}
