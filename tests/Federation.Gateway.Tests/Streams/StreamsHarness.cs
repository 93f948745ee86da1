using System.Net;
using System.Net.Sockets;
using System.Text;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Client.Agents;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using Microsoft.Extensions.Logging.Abstractions;
using TemplateContainer = Federation.Api.Apps.ContainerSpec;

namespace Federation.Gateway.Tests.Streams;

/// <summary>A gateway and a real agent over real connections; only the engine is a fake one, whose containers know a few commands.</summary>
public sealed class StreamsHarness : IAsyncLifetime
{
    public const int EchoPort = 7000;
    private const string Image = "tools:1";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("federation-streams-");
    // Test classes run side by side, and their containers really listen.
    private static int _engines;
    private readonly FakeEngine _engine = new(TimeProvider.System, new FakeEngineOptions { AddressOctet = (byte)(150 + Interlocked.Increment(ref _engines)) });
    private CancellationTokenSource _stop = new();
    private HttpControlPlane? _controlPlane;
    private NodeAgent? _agent;
    private Task _running = Task.CompletedTask;
    private string _caFile = "";
    private int _hanging;

    public GatewayHarness Gateway { get; } = new();

    /// <summary>Of the app <c>tools</c>: one container of the same name.</summary>
    public string Pod { get; private set; } = "";

    /// <summary>Commands <c>hang</c> that run now.</summary>
    public int Hanging => _hanging;

    public async Task InitializeAsync()
    {
        await Gateway.InitializeAsync();
        _engine.AddImage(Image, new FakeProgram { Output = [new FakeOutput(OutputStream.StandardOutput, "one\ntwo\nthree\n")], Exec = RunAsync, Listen = Echo.Start });
        _engine.AddImage("broken:1", new FakeProgram { StartError = "no such file" });
        _caFile = Path.Combine(_data.FullName, "ca.crt");
        await File.WriteAllTextAsync(_caFile, Gateway.Client.Options.Authorities[0].ExportCertificatePem());
        using var admin = new AgentClient(Gateway.Client.Options);
        var token = await admin.CreateTokenAsync(new JoinTokenRequest { Cluster = "fake" });
        StartAgent(token.Token);
        await ApplyAsync("tools", Image);
        Pod = await PodAsync("tools", pod => pod.Status.Conditions.IsTrue(PodConditions.Ready));
    }

    public async Task DisposeAsync()
    {
        await StopAgentAsync();
        _stop.Dispose();
        await Gateway.DisposeAsync();
        _data.Delete(recursive: true);
    }

    public Task<App> ApplyAsync(string name, params string[] images) => Gateway.Client.CreateAsync(new App
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new AppSpec
        {
            Replicas = 1,
            Template = new PodTemplate
            {
                Spec = new PodSpec { Containers = [.. images.Select((image, i) => new TemplateContainer { Name = i == 0 ? name : $"{name}-{i}", Image = image })] },
            },
        },
    });

    /// <summary>The name of an app's only pod, once it is as expected.</summary>
    public async Task<string> PodAsync(string app, Func<Pod, bool> condition)
    {
        var pods = await Eventually.ReadAsync(
            () => Gateway.Client.ListAsync<Pod>(new() { Namespace = "default", LabelSelector = $"federation.name={app}" }),
            list => list.Items is [var only] && condition(only),
            $"the pod of {app} is as expected");
        return pods.Items[0].Metadata.Name;
    }

    public void Crash() => _engine.Crash(_engine.Snapshot().Single(container => container.Labels["federation.pod"] == Pod && container.State == MemberCluster.Agent.Runtime.ContainerState.Running).Id);

    public void StartAgent(string? joinToken = null)
    {
        var options = new AgentOptions
        {
            ControlPlane = Gateway.Client.Options.Server,
            CaFile = _caFile,
            Cluster = "fake",
            Region = "us-east",
            Addresses = [IPAddress.Loopback],
            Data = Path.Combine(_data.FullName, "agent"),
            JoinToken = joinToken,
        };
        _controlPlane = new HttpControlPlane(options, TimeProvider.System, NullLogger<HttpControlPlane>.Instance);
        _agent = new NodeAgent(options, new AgentParts { Runtime = _engine.Connect(), ControlPlane = _controlPlane, Loggers = NullLoggerFactory.Instance });
        _stop = new CancellationTokenSource();
        _running = _agent.RunAsync(_stop.Token);
    }

    public async Task StopAgentAsync()
    {
        await _stop.CancelAsync();
        await _running;
        if (_agent is not null)
            await _agent.DisposeAsync();
        _controlPlane?.Dispose();
    }

    private async Task<int> RunAsync(FakeExecSession session, CancellationToken cancellationToken)
    {
        var command = session.Spec.Command;
        switch (command[0])
        {
            case "cat":
                var buffer = new byte[16 * 1024];
                int read;
                while ((read = await session.Input.ReadAsync(buffer, cancellationToken)) > 0)
                    session.Write(OutputStream.StandardOutput, Encoding.ASCII.GetString(buffer.AsSpan(0, read)));
                return 0;
            case "fail":
                session.Write(OutputStream.StandardOutput, "working\n");
                session.Write(OutputStream.StandardError, "failing\n");
                return int.Parse(command[1]);
            case "size":
                var (columns, rows) = await session.Size.WaitAsync(cancellationToken);
                session.Write(OutputStream.StandardOutput, $"{rows} {columns}\n");
                return 0;
            case "flood":
                var line = new string('x', 64 * 1024);
                for (var i = 0; i < int.Parse(command[1]); i++)
                    session.Write(OutputStream.StandardOutput, line);
                return 0;
            case "hang":
                Interlocked.Increment(ref _hanging);
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                    return 0;
                }
                finally
                {
                    Interlocked.Decrement(ref _hanging);
                }

            default:
                session.Write(OutputStream.StandardError, $"{command[0]}: not found\n");
                return 127;
        }
    }

    /// <summary>Says its port to each client, returns what it gets, and says goodbye at the client's end.</summary>
    private sealed class Echo : IAsyncDisposable
    {
        private readonly TcpListener? _listener;
        private readonly Task _serving = Task.CompletedTask;

        private Echo(string? address)
        {
            // The second container of a pod has no address of its own.
            if (address is null)
                return;
            _listener = new TcpListener(IPAddress.Parse(address), EchoPort);
            _listener.Start();
            _serving = ServeAsync(_listener);
        }

        public static Echo Start(Container container) => new(container.IpAddress);

        public async ValueTask DisposeAsync()
        {
            _listener?.Stop();
            await _serving;
        }

        private static async Task ServeAsync(TcpListener listener)
        {
            try
            {
                while (true)
                    _ = AnswerAsync(await listener.AcceptTcpClientAsync());
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                // The container has ended.
            }
        }

        private static async Task AnswerAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    var stream = client.GetStream();
                    await stream.WriteAsync("hello\n"u8.ToArray());
                    await stream.CopyToAsync(stream);
                    await stream.WriteAsync("bye\n"u8.ToArray());
                }
                catch (IOException)
                {
                    // The client has gone.
                }
            }
        }
    }
}
