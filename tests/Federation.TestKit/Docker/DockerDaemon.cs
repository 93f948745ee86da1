using System.Diagnostics;
using Federation.TestKit.Waiting;

namespace Federation.TestKit.Docker;

/// <summary>
/// A Docker Engine of the tests' own: own data, socket, bridge and addresses; the machine's firewall and other engines are left
/// alone. It needs root. It ends with the test process, however that ends, because its keeper reads from us until we are gone.
/// </summary>
public sealed class DockerDaemon : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _keeper;

    private DockerDaemon(Process keeper, string directory)
    {
        _keeper = keeper;
        Directory = directory;
    }

    public string Directory { get; }

    public string Socket => Path.Combine(Directory, "docker.sock");

    /// <summary>As DOCKER_HOST.</summary>
    public string Host => $"unix://{Socket}";

    /// <param name="arguments">Further arguments of the engine: "--host=tcp://…", "--tlsverify" …; "{dir}" is <see cref="Directory"/>.</param>
    /// <param name="prepare">Puts files into <see cref="Directory"/> before the start.</param>
    /// <param name="networkNamespace">Where it runs, with a firewall of its own, as engines have on machines of theirs; null: where the test does.</param>
    public static async Task<DockerDaemon> StartAsync(IEnumerable<string>? arguments = null, Action<string>? prepare = null, string? networkNamespace = null)
    {
        // Unix socket paths are limited to 107 bytes, so the directory's path is short.
        var directory = System.IO.Directory.CreateTempSubdirectory("feddock").FullName;
        prepare?.Invoke(directory);
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] enter = networkNamespace is null ? [] : ["nsenter", $"--net={networkNamespace}"];
        var firewall = networkNamespace is null ? "false" : "true";
        foreach (var argument in (string[])[.. enter, "bash", "-c", Keeper, "keeper", directory, firewall, .. (arguments ?? []).Select(text => text.Replace("{dir}", directory, StringComparison.Ordinal))])
            start.ArgumentList.Add(argument);
        var keeper = Process.Start(start) ?? throw new InvalidOperationException("setsid did not start.");
        var daemon = new DockerDaemon(keeper, directory);
        try
        {
            await daemon.StartEngineAsync();
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the engine again, after <see cref="StopEngineAsync"/>.</summary>
    public async Task StartEngineAsync()
    {
        await CommandAsync("start");
        await Eventually.TrueAsync(() => DockerEngine.AnswersAsync(Socket), "the engine answers", Patience, ReadLog);
    }

    /// <summary>Ends the engine in an orderly way; its containers are ended too.</summary>
    public Task StopEngineAsync() => CommandAsync("stop");

    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        using var timeout = new CancellationTokenSource(Patience);
        await _keeper.WaitForExitAsync(timeout.Token);
        _keeper.Dispose();
    }

    private async Task CommandAsync(string command)
    {
        await _keeper.StandardInput.WriteLineAsync(command);
        await _keeper.StandardInput.FlushAsync();
        var answer = await _keeper.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System);
        if (answer != "done")
            throw new InvalidOperationException($"The engine's keeper says '{answer}' to {command}: {await _keeper.StandardError.ReadToEndAsync()}");
    }

    private string ReadLog()
    {
        var path = Path.Combine(Directory, "log");
        return File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(20)) : "no log";
    }

    // A bridge of a free number is claimed by making it: that is atomic. At the end of our input everything is undone.
    private const string Keeper = """
        dir=$1; firewall=$2; shift 2
        trap '' INT TERM HUP
        for number in $(seq 100 199) none; do ip link add "fedtest$number" type bridge 2>/dev/null && break; done
        [ "$number" != none ] || { echo "no free bridge" >&2; exit 1; }
        bridge=fedtest$number; pid=
        ip addr add "10.$number.0.1/20" dev "$bridge" && ip link set "$bridge" up || exit 1
        start() {
          rm -f "$dir/docker.pid"
          # Signals ignored by a parent stay ignored in its children; the engine needs its own.
          ( trap - INT TERM HUP; exec dockerd --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" -H "unix://$dir/docker.sock" \
            --bridge "$bridge" --default-address-pool "base=10.$number.128.0/17,size=24" --iptables="$firewall" --ip6tables=false --ip-masq="$firewall" \
            --containerd-namespace "fedtest$number" --containerd-plugins-namespace "fedtestp$number" --shutdown-timeout 1 --log-level warn "$@" >>"$dir/log" 2>&1 ) &
          pid=$!
        }
        stop() {
          [ -n "$pid" ] || return 0
          kill -TERM "$pid" 2>/dev/null
          for _ in $(seq 300); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
          kill -KILL "$pid" 2>/dev/null
          wait "$pid" 2>/dev/null; pid=
        }
        while read -r command; do
          case $command in start) start "$@" ;; stop) stop ;; esac
          echo done
        done
        stop
        [ -f "$dir/exec/containerd/containerd.pid" ] && kill -KILL "$(cat "$dir/exec/containerd/containerd.pid")" 2>/dev/null
        # An engine stopped in the middle of a start leaves that container's shim behind.
        for shim in $(grep -lzs -- "$dir/exec/" /proc/[0-9]*/cmdline | cut -d/ -f3); do [ "$shim" = $$ ] || kill -KILL "$shim" 2>/dev/null; done
        awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount -l "$mount"; done
        for link in $(ip -o -4 addr show | awk -v prefix="10.$number." 'index($4, prefix) == 1 { print $2 }' | sort -u); do ip link del "$link" 2>/dev/null; done
        rm -rf "$dir"
        """;
}
