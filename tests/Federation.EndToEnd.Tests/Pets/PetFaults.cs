using Federation.TestKit.Machines;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>Breaks and mends a federation of machines, by chance and with a seed.</summary>
internal sealed class PetFaults(MachineFederation world, Random random)
{
    private readonly List<(TimeSpan At, string What, Func<Task> Heal)> _open = [];
    private readonly HashSet<string> _broken = [];
    private readonly List<string> _told = [];
    private readonly long _began = TimeProvider.System.GetTimestamp();

    /// <summary>What happened, and when.</summary>
    public string Told => string.Join('\n', _told);

    /// <summary>How many faults broke something that was whole.</summary>
    public int Broken { get; private set; }

    private TimeSpan Now => TimeProvider.System.GetElapsedTime(_began);

    /// <summary>One more fault; those whose time has come are mended meanwhile.</summary>
    public async Task NextAsync()
    {
        var machine = world.Machines[random.Next(world.Machines.Count)];
        var (what, breaks, heals) = random.Next(6) switch
        {
            0 or 1 => ($"{machine.Name}: link", (Func<Task>)(() => machine.SetControlPlaneReachableAsync(false)), (Func<Task>)(() => machine.SetControlPlaneReachableAsync(true))),
            2 => ($"{machine.Name}: agent", () => machine.Agent!.SignalAsync("STOP"), () => machine.Agent!.SignalAsync("CONT")),
            3 => ($"{machine.Name}: agent", () => machine.Agent!.KillAsync(), () => world.StartAgentAsync(machine)),
            4 => ("control plane", () => world.ControlPlane.Process.KillAsync(), () => world.ControlPlane.StartAsync()),
            _ => ("control plane", () => world.ControlPlane.Process.SignalAsync("STOP"), () => world.ControlPlane.Process.SignalAsync("CONT")),
        };
        // Some faults are shorter than a permission, some longer.
        var lasts = TimeSpan.FromSeconds(0.5 + random.NextDouble() * random.Next(2, 25));
        if (_broken.Add(what))
        {
            Broken++;
            Tell($"{what} breaks for {lasts.TotalSeconds:0.0} s");
            await breaks();
            _open.Add((Now + lasts, what, heals));
        }

        await Task.Delay(TimeSpan.FromSeconds(0.5 + random.NextDouble() * 4), TimeProvider.System);
        foreach (var due in _open.Where(fault => fault.At <= Now).ToList())
            await HealAsync(due);
    }

    public async Task HealAllAsync()
    {
        foreach (var fault in _open.ToList())
            await HealAsync(fault);
    }

    private async Task HealAsync((TimeSpan At, string What, Func<Task> Heal) fault)
    {
        Tell($"{fault.What} is mended");
        _open.Remove(fault);
        _broken.Remove(fault.What);
        await fault.Heal();
    }

    private void Tell(string what) => _told.Add($"{Now.TotalSeconds,6:0.0}  {what}");
}
