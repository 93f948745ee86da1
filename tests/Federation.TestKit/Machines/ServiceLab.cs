using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Federation.TestKit.Processes;

namespace Federation.TestKit.Machines;

/// <summary>
/// Two machines with pods, and a client, in network namespaces of their own. It needs root, and goes with the test process, however that ends.
/// <code>
/// client 10.77.0.9 ──┐
/// node   10.77.0.1 ──┼─ lan     node:  pods a, b, c at 10.88.0.2, .3, .4 (fd88::2 …) on its bridge 10.88.0.1
/// other  10.77.0.2 ──┘          other: pod  p       at 10.89.0.2 on its bridge 10.89.0.1
/// </code>
/// </summary>
public sealed partial class ServiceLab : IAsyncDisposable
{
    public const string Node = "10.77.0.1";
    public const string Other = "10.77.0.2";
    public const string Client = "10.77.0.9";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Process _keeper;
    private readonly string _name;

    private ServiceLab(Process keeper, string name) => (_keeper, _name) = (keeper, name);

    public static async Task<ServiceLab> CreateAsync()
    {
        var start = new ProcessStartInfo("setsid", ["bash", "-c", Keeper, "keeper"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var keeper = Process.Start(start) ?? throw new InvalidOperationException("setsid did not start.");
        var answer = await keeper.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System);
        return answer is { Length: > 0 } and not "failed"
            ? new ServiceLab(keeper, answer)
            : throw new InvalidOperationException($"The lab's networks could not be made: {await keeper.StandardError.ReadToEndAsync()}");
    }

    public static string AddressOf(string pod) => pod switch
    {
        "a" => "10.88.0.2",
        "b" => "10.88.0.3",
        "c" => "10.88.0.4",
        "p" => "10.89.0.2",
        _ => throw new ArgumentOutOfRangeException(nameof(pod), pod, "There is no such pod."),
    };

    public static string Address6Of(string pod) => $"fd88::{pod[0] - 'a' + 2}";

    /// <summary>Of <c>node</c>, <c>other</c>, <c>client</c> or a pod.</summary>
    public string NamespaceOf(string machine) => $"/run/netns/{_name}-{machine}";

    /// <summary>A socket that lives in a machine's network.</summary>
    public Socket NewSocket(string machine, AddressFamily family, SocketType type)
    {
        Socket? socket = null;
        Enter(machine, () => socket = new Socket(family, type, type == SocketType.Dgram ? ProtocolType.Udp : ProtocolType.Tcp));
        return socket!;
    }

    /// <summary>Does something in a machine's network, to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public void Enter(string machine, Action action)
    {
        Exception? failure = null;
        // A thread of its own, which ends with the change.
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle(NamespaceOf(machine));
                if (SetNamespace((int)handle.DangerousGetHandle(), 0x40000000) != 0)
                    throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            throw new InvalidOperationException($"In {machine}: {failure.Message}", failure);
    }

    public async Task<CommandResult> RunAsync(string machine, string program, params string[] arguments) =>
        await Command.RunAsync("nsenter", [$"--net={NamespaceOf(machine)}", program, .. arguments]);

    public async Task MustRunAsync(string machine, string program, params string[] arguments)
    {
        var result = await RunAsync(machine, program, arguments);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} in {machine}: {result}");
    }

    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        using var limit = new CancellationTokenSource(Patience);
        await _keeper.WaitForExitAsync(limit.Token);
        _keeper.Dispose();
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);

    // A namespace of a free name is claimed by making it. At the end of our input everything is undone.
    private const string Keeper = """
        trap '' INT TERM HUP
        for number in $(seq 1 99) none; do name=fedsvc$number; ip netns add "$name-lan" 2>/dev/null && break; done
        [ "$number" != none ] || { echo "no free name" >&2; exit 1; }
        machines="lan client node other a b c p"
        at() { ip -n "$name-$1" "${@:2}"; }
        plug() { # machine, its address and IPv6 address, the bridge's machine and name, the way out
          at "$4" link add "to-$1" type veth peer name eth0 netns "$name-$1" && at "$4" link set "to-$1" master "$5" up &&
          at "$1" addr add "$2" dev eth0 && at "$1" addr add "$3" dev eth0 nodad && at "$1" link set eth0 up || return 1
          { [ -z "$6" ] || at "$1" route add default via "$6"; } && { [ -z "$7" ] || at "$1" route add default via "$7"; }
        }
        bridge() { at "$1" link add "$2" type bridge && at "$1" link set "$2" up; }
        make() {
          for machine in client node other a b c p; do ip netns add "$name-$machine" || return 1; done
          for machine in $machines; do at "$machine" link set lo up || return 1; done
          bridge lan lan && bridge node pods && bridge other pods &&
          at node addr add 10.88.0.1/24 dev pods && at node addr add fd88::1/64 dev pods nodad && at other addr add 10.89.0.1/24 dev pods &&
          plug client 10.77.0.9/24 fd77::9/64 lan lan && plug node 10.77.0.1/24 fd77::1/64 lan lan && plug other 10.77.0.2/24 fd77::2/64 lan lan &&
          plug a 10.88.0.2/24 fd88::2/64 node pods 10.88.0.1 fd88::1 && plug b 10.88.0.3/24 fd88::3/64 node pods 10.88.0.1 fd88::1 &&
          plug c 10.88.0.4/24 fd88::4/64 node pods 10.88.0.1 fd88::1 && plug p 10.89.0.2/24 fd89::2/64 other pods 10.89.0.1 "" || return 1
          for machine in node other; do nsenter --net=/run/netns/$name-$machine sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 || return 1; done
        }
        make && echo "$name" || echo failed
        cat >/dev/null
        for machine in $machines; do ip netns del "$name-$machine" 2>/dev/null; done
        """;
}
