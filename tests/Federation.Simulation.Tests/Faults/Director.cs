using Federation.Api;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using Federation.Simulation.Tests.Silos;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;

namespace Federation.Simulation.Tests.Faults;

/// <summary>Carries the steps out, each at its time, and undoes what lasts.</summary>
internal sealed class Director(World world, StepPlan plan, User user)
{
    private readonly PetUser _pets = new(world, user, plan.Pets);
    private readonly MachineUser _wishes = new(world, user);
    private readonly DaemonUser _daemon = new(user);

    private readonly HashSet<SimCluster> _burning = [];
    private (SimCluster Cluster, SimNode Node)? _aim;
    private readonly IReadOnlyList<(SimCluster Cluster, SimNode Node)> _machines = [.. world.Clusters.SelectMany(cluster => cluster.Nodes.Select(node => (cluster, node)))];

    /// <summary>Returns when everything works again.</summary>
    public async Task RunAsync()
    {
        foreach (var step in plan.Steps)
        {
            var wait = step.At - world.Time.Now;
            if (wait > TimeSpan.Zero)
                await world.Delay(wait);
            world.Trace.Add($"step {step}");
            _ = world.Start(() => TakeAsync(step));
        }

        await world.Delay(plan.End - world.Time.Now);
        Heal();
        if (world.MovesVolumes)
            _ = world.Start(_pets.TakeBackHopelessMovesAsync);
    }

    private Task TakeAsync(Step step)
    {
        var (cluster, node) = step.Target < 0 ? _aim ??= Aim() : _machines[step.Target % _machines.Count];
        return step.Kind switch
        {
            StepKind.Apply => user.ApplyAsync(step.Target, step.Amount),
            StepKind.Scale => user.ScaleAsync(step.Target, step.Amount),
            StepKind.Edit => user.EditAsync(step.Target, step.Amount),
            StepKind.Delete => user.DeleteAsync(step.Target),
            StepKind.ApplyPets => _pets.ApplyAsync(step.Target, step.Amount),
            StepKind.ScalePets => _pets.ScaleAsync(step.Target, step.Amount),
            StepKind.EditPets => _pets.EditAsync(step.Target, step.Amount),
            StepKind.DeletePets => _pets.DeleteAsync(step.Target),
            StepKind.ReleasePet => _pets.ReleaseAsync(step.Target, step.Amount),
            StepKind.ReleasePetSoon => _pets.ReleaseSoonAsync(step.Target, step.Amount),
            StepKind.ReleaseCluster => _pets.ReleaseAllAsync(cluster.Name),
            StepKind.MovePet => _pets.MoveAsync(step.Target, step.Amount),
            StepKind.TakeBackMoves => _pets.TakeBackMovesAsync(step.Target),
            StepKind.SendPetsBack => _pets.SendBackAsync(step.Target),
            StepKind.ApplyDaemon => _daemon.ApplyAsync(),
            StepKind.EditDaemon => _daemon.EditAsync(step.Amount),
            StepKind.DeleteDaemon => _daemon.DeleteAsync(),
            StepKind.DrainNode => ForSomeTimeAsync(step, () => _wishes.DrainAsync(cluster, node), () => _wishes.UncordonAsync(cluster, node)),
            StepKind.CordonCluster => ForSomeTimeAsync(step, () => _wishes.CordonAsync(cluster, true), () => _wishes.CordonAsync(cluster, false)),
            StepKind.SiloCrash => ForAsync(step, world.Silo.Kill, StartSilo),
            StepKind.SiloCrashAtWrite => ForAsync(step, () => world.Silo.DiesAtWrite = 1 + (int)(step.Amount * 6), () =>
            {
                world.Silo.DiesAtWrite = 0;
                StartSilo();
            }),
            StepKind.SlowDisk => ForAsync(step, () => world.Silo.Disk.Delay = TimeSpan.FromSeconds(step.Amount), () => world.Silo.Disk.Delay = TimeSpan.Zero),
            StepKind.FailingDisk => ForAsync(step, () => world.Silo.Disk.FailureRate = step.Amount, () => world.Silo.Disk.FailureRate = 0),
            StepKind.AgentCrash => ForAsync(step, () => cluster.Kill(), () => Start(cluster)),
            StepKind.AgentLosesDisk => ForAsync(step, () => cluster.Kill(losesDisk: true), () => Start(cluster)),
            StepKind.NodeCrash => ForAsync(step, node.Kill, () => Start(node)),
            StepKind.NodeCrashAtStep => ForAsync(step, () => node.DiesAtStep = 1 + (int)(step.Amount * 8), () =>
            {
                node.DiesAtStep = 0;
                Start(node);
            }),
            StepKind.NodeLosesDisk => ForAsync(step, () =>
            {
                node.Kill();
                node.LoseData();
            }, () => Start(node)),
            StepKind.AgentHangs => ForAsync(step, () => cluster.Life?.Stop(), () => cluster.Life?.Continue()),
            StepKind.NodeHangs => ForAsync(step, () => node.Life?.Stop(), () => node.Life?.Continue()),
            StepKind.ClusterHangs => ForAsync(step, () => Lives(cluster).ForEach(life => life.Stop()), () => Lives(cluster).ForEach(life => life.Continue())),
            StepKind.PowerOff => ForAsync(step, () => PowerOff(cluster, node), () => Start(node)),
            StepKind.EngineDown => ForAsync(step, () => node.Engine.IsDown = true, () => node.Engine.IsDown = false),
            StepKind.EngineHangs => ForAsync(step, () => Hang(node.Engine, step.For), () => node.Engine.Faults.Clear()),
            StepKind.RegionBurns => BurnAsync(step, cluster),
            StepKind.ContainerCrash => CrashContainer(cluster, node),
            StepKind.CutCluster => ForAsync(step, () => Cut(cluster.Agent, SimSilo.Name, both: true), () => Mend(cluster.Agent, SimSilo.Name)),
            StepKind.CutClusterOneWay => ForAsync(step, () => Cut(cluster.Agent, SimSilo.Name, both: false, step.Amount < 0.5), () => Mend(cluster.Agent, SimSilo.Name)),
            StepKind.CutNode => ForAsync(step, () => Cut(node.Agent, cluster.Agent, both: true), () => Mend(node.Agent, cluster.Agent)),
            StepKind.CutNodeOneWay => ForAsync(step, () => Cut(node.Agent, cluster.Agent, both: false, step.Amount < 0.5), () => Mend(node.Agent, cluster.Agent)),
            StepKind.Jitter => ForAsync(step, () => world.Network.Jitter = TimeSpan.FromSeconds(step.Amount * 1.5), () => world.Network.Jitter = TimeSpan.Zero),
            StepKind.LateReports => ForAsync(step, () => world.Network.Delay(cluster.Agent, SimSilo.Name, Lateness(step)), () => world.Network.Delay(cluster.Agent, SimSilo.Name, TimeSpan.Zero)),
            StepKind.LateAnswers => ForAsync(step, () => DelayAnswers(cluster, Lateness(step)), () => DelayAnswers(cluster, TimeSpan.Zero)),
            StepKind.Loss => ForAsync(step, () => world.Network.Loss = step.Amount / 2, () => world.Network.Loss = 0),
            StepKind.Twice => ForAsync(step, () => world.Network.Twice = step.Amount, () => world.Network.Twice = 0),
            StepKind.WallClockJumps => Jump(cluster, node, step),
            StepKind.ClockDrifts => Drift(cluster, node, step),
            _ => throw new InvalidOperationException($"No such step: {step}"),
        };
    }

    /// <summary>Pets that need permission are what there is to be found in faults that meet.</summary>
    private (SimCluster Cluster, SimNode Node) Aim() => _machines.MaxBy(machine =>
        machine.Node.Engine.Snapshot().Count(container => container.State == ContainerState.Running && container.Labels.ContainsKey(PodLabels.Fenced)));

    private static TimeSpan Lateness(Step step) => TimeSpan.FromSeconds(step.Amount * 3);

    private void DelayAnswers(SimCluster cluster, TimeSpan by)
    {
        world.Network.Delay(SimSilo.Name, cluster.Agent, by);
        foreach (var node in cluster.Nodes)
            world.Network.Delay(cluster.Agent, node.Agent, by);
    }

    private async Task ForAsync(Step step, Action begin, Action end)
    {
        begin();
        await world.Delay(step.For);
        world.Trace.Add($"over: {step.Kind} {step.Target}");
        end();
    }

    /// <summary>What a person wants: half of it for good, where there are no pets. Those wait for ever if their volume is on a machine that takes nothing.</summary>
    private async Task ForSomeTimeAsync(Step step, Func<Task> begin, Func<Task> end)
    {
        await begin();
        if (step.Amount < 0.5 && plan.Pets.Count == 0)
            return;
        await world.Delay(step.For);
        await end();
    }

    private void Heal()
    {
        world.Trace.Add("everything works again");
        world.Network.MendAll();
        (world.Network.Jitter, world.Network.Loss, world.Network.Twice) = (TimeSpan.Zero, 0, 0);
        (world.Silo.Disk.Delay, world.Silo.Disk.FailureRate, world.Silo.DiesAtWrite) = (TimeSpan.Zero, 0, 0);
        StartSilo();
        foreach (var (cluster, node) in _machines)
        {
            node.Engine.IsDown = false;
            node.Engine.Faults.Clear();
            node.DiesAtStep = 0;
            cluster.Life?.Continue();
            node.Life?.Continue();
            Start(cluster);
            Start(node);
        }
    }

    private static List<Life> Lives(SimCluster cluster) => [.. cluster.Nodes.Select(node => node.Life).Prepend(cluster.Life).OfType<Life>()];

    private void StartSilo()
    {
        if (world.Silo.Life is null)
            world.Silo.Start();
    }

    private void Start(SimCluster cluster)
    {
        if (cluster.Life is null && !_burning.Contains(cluster))
            cluster.Start();
    }

    private void Start(SimNode node)
    {
        if (node.Life is null && !_machines.Any(machine => machine.Node == node && _burning.Contains(machine.Cluster)))
            node.Start();
    }

    private void PowerOff(SimCluster cluster, SimNode node)
    {
        Lose(cluster, node);
        node.PowerOff();
    }

    private void Lose(SimCluster cluster, SimNode node)
    {
        foreach (var container in node.Engine.Snapshot().Where(container => container.State == ContainerState.Running))
            world.Checks.Shares.Lost(cluster, container);
    }

    /// <summary>What ends or makes containers waits. A start that hangs over the end of a permission is the one thing that no watchdog can undo in time, so starts go on.</summary>
    private static void Hang(FakeEngine engine, TimeSpan length)
    {
        foreach (var operation in (FakeOperation[])[FakeOperation.CreateContainer, FakeOperation.StopContainer, FakeOperation.KillContainer, FakeOperation.RemoveContainer])
            engine.Faults.Delay(operation, length);
    }

    /// <summary>Nothing is left of the region. A person says so of its pets, and only then builds it anew.</summary>
    private async Task BurnAsync(Step step, SimCluster cluster)
    {
        if (!_burning.Add(cluster))
            return;
        world.Trace.Add($"{cluster.Name} burns");
        cluster.Kill(losesDisk: true);
        foreach (var node in cluster.Nodes)
        {
            Lose(cluster, node);
            node.Burn();
            world.Checks.Pets.Burnt(node);
        }

        await world.Delay(step.For);
        await _pets.FenceAllAsync(cluster.Name);
        world.Trace.Add($"over: {step.Kind} {cluster.Name}");
        _burning.Remove(cluster);
        foreach (var node in cluster.Nodes)
            Start(node);
        Start(cluster);
    }

    private Task CrashContainer(SimCluster cluster, SimNode node)
    {
        if (node.Engine.Snapshot().FirstOrDefault(container => container.State == ContainerState.Running) is { } victim)
        {
            world.Trace.Add($"{victim.Name} crashes");
            world.Checks.Shares.Lost(cluster, victim);
            node.Engine.Crash(victim.Id);
        }

        return Task.CompletedTask;
    }

    private void Cut(string left, string right, bool both, bool isLeftward = false)
    {
        if (both || isLeftward)
            world.Network.Cut(right, left);
        if (both || !isLeftward)
            world.Network.Cut(left, right);
    }

    private void Mend(string left, string right)
    {
        world.Network.Mend(left, right);
        world.Network.Mend(right, left);
    }

    /// <summary>Somebody sets a wall clock wrong by hours. It stays so.</summary>
    private Task Jump(SimCluster cluster, SimNode node, Step step)
    {
        var by = TimeSpan.FromHours((step.Amount - 0.5) * 10);
        switch (step.Target % 3)
        {
            case 0:
                cluster.Clock.Offset += by;
                break;
            case 1:
                node.Clock.Offset += by;
                break;
            default:
                // Object times come from this one; a control plane in the past is another matter than one that is late.
                world.Silo.Clock.Offset += by.Duration();
                break;
        }

        return Task.CompletedTask;
    }

    /// <summary>A quartz that is off by up to 5 %: far worse than real ones.</summary>
    private static Task Drift(SimCluster cluster, SimNode node, Step step)
    {
        var rate = 1 + ((step.Amount - 0.5) / 10);
        cluster.Clock.Rate = node.Clock.Rate = rate;
        return Task.CompletedTask;
    }
}
