using System.Diagnostics;
using System.Globalization;
using Federation.TestKit.Processes;

namespace Federation.TestKit.Machines;

/// <summary>A network of machines inside this one: a switch that the test itself is plugged into, and a network namespace for each machine. It needs root, and ends with the test process.</summary>
public sealed class MachineNetwork : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _keeper;
    private readonly int _number;

    private MachineNetwork(Process keeper, int number) => (_keeper, _number) = (keeper, number);

    /// <summary>The test's address for a control plane. Its own connections come from another one.</summary>
    public string ControlPlaneAddress => $"10.{_number}.255.2";

    /// <summary>Another address of the test's, which stays reachable when the control plane is not.</summary>
    public string WitnessAddress => $"10.{_number}.255.3";

    public static async Task<MachineNetwork> CreateAsync(int machines)
    {
        var start = new ProcessStartInfo("setsid", ["bash", "-c", Keeper, "keeper", machines.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var keeper = Process.Start(start) ?? throw new InvalidOperationException("setsid did not start.");
        var answer = await keeper.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System);
        return int.TryParse(answer, CultureInfo.InvariantCulture, out var number)
            ? new MachineNetwork(keeper, number)
            : throw new InvalidOperationException($"The machines' network could not be made: {await keeper.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Of the machine with this number, from 1.</summary>
    public string AddressOf(int machine) => $"10.{_number}.0.{machine}";

    public string NamespaceOf(int machine) => $"/run/netns/fedlan{_number}m{machine}";

    /// <summary>Pulls the machine's cable, or plugs it in again.</summary>
    public Task SetLinkAsync(int machine, bool isUp) => RunAsync("ip", "-n", $"fedlan{_number}", "link", "set", $"m{machine}", isUp ? "up" : "down");

    /// <summary>Drops what the machine sends to the control plane, or no longer: it is cut off from nothing else.</summary>
    public Task SetControlPlaneReachableAsync(int machine, bool isReachable) => RunAsync(
        "nsenter", $"--net={NamespaceOf(machine)}", "ip", "route", isReachable ? "del" : "add", "blackhole", $"{ControlPlaneAddress}/32");

    /// <summary>What the machine sends goes no faster than this, such as <c>32mbit</c>; null: as fast as it can.</summary>
    public Task SetRateAsync(int machine, string? rate) => RunAsync(
        "nsenter", [$"--net={NamespaceOf(machine)}", "tc", "qdisc", .. rate is null ? (string[])["del", "dev", "eth0", "root"] : ["replace", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "64kb", "latency", "400ms"]]);

    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        using var limit = new CancellationTokenSource(Patience);
        await _keeper.WaitForExitAsync(limit.Token);
        _keeper.Dispose();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await Command.RunAsync(program, arguments);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result}");
    }

    // The switch is a namespace too: no firewall of this machine looks at what passes through it. Its name is claimed by making it: that is atomic.
    // At the end of our input everything is undone.
    private const string Keeper = """
        trap '' INT TERM HUP
        machines=$1
        for number in $(seq 200 249) none; do ip netns add "fedlan$number" 2>/dev/null && break; done
        [ "$number" != none ] || { echo "no free number" >&2; exit 1; }
        switch=fedlan$number
        plug() { ip -n "$switch" link set "$1" master lan up; }
        make() {
          ip -n "$switch" link add lan type bridge && ip -n "$switch" link set lan up || return 1
          ip link add "fl${number}" type veth peer name host netns "$switch" && plug host || return 1
          ip addr add "10.$number.255.1/16" dev "fl${number}" && ip addr add "10.$number.255.2/16" dev "fl${number}" && ip addr add "10.$number.255.3/16" dev "fl${number}" && ip link set "fl${number}" up || return 1
          for m in $(seq "$machines"); do
            ns=fedlan${number}m$m
            ip netns add "$ns" && ip -n "$ns" link add eth0 type veth peer name "m$m" netns "$switch" && plug "m$m" || return 1
            ip -n "$ns" addr add "10.$number.0.$m/16" dev eth0 && ip -n "$ns" link set eth0 up && ip -n "$ns" link set lo up || return 1
            ip -n "$ns" route add default via "10.$number.255.1" || return 1
          done
        }
        make && echo "$number" || echo failed
        cat >/dev/null
        for m in $(seq "$machines"); do ip netns del "fedlan${number}m$m" 2>/dev/null; done
        ip link del "fl${number}" 2>/dev/null
        ip netns del "$switch" 2>/dev/null
        """;
}
