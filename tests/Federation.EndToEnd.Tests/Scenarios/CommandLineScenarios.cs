using System.Net;
using System.Net.Sockets;
using Federation.TestKit.Local;
using Federation.TestKit.Processes;

namespace Federation.EndToEnd.Tests.Scenarios;

/// <summary><c>fed up</c> where it cannot work: a plain sentence and exit code 1, and nothing left running.</summary>
public sealed class CommandLineScenarios
{
    [Fact]
    public async Task Up_NoDocker_SaysSo()
    {
        using var data = new TemporaryDirectory();
        var result = await FedAsync("up", "--detach", "--data", data.Path, "--docker", $"unix://{data.Path}/absent.sock");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldStartWith("fed: No Docker Engine answers at");
        result.Error.Trim().ShouldNotContain("\n");
    }

    [Fact]
    public async Task Up_GatewayPortTaken_SaysWhichAndHowToChooseAnother()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var engine = new AnsweringSocket();
        using var data = new TemporaryDirectory();
        var result = await FedAsync("up", "--detach", "--data", data.Path, "--docker", $"unix://{engine.Path}", "--gateway", taken.LocalEndpoint.ToString()!);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain($"TCP port {((IPEndPoint)taken.LocalEndpoint).Port} on 127.0.0.1 is in use");
        result.Error.ShouldContain("--gateway");
    }

    [Fact]
    public async Task Down_NothingThere_SaysSo()
    {
        using var data = new TemporaryDirectory();
        var result = await FedAsync("down", "--data", data.Path);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldStartWith("fed: There is no federation in");
    }

    [Fact]
    public async Task Get_NoFederation_SaysHowToStartOne()
    {
        using var data = new TemporaryDirectory();
        var result = await FedAsync("get", "apps", "--kubeconfig", Path.Combine(data.Path, "absent"));
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("fed up");
    }

    private static Task<CommandResult> FedAsync(params IEnumerable<string> arguments) => Command.RunAsync("dotnet", [Programs.Fed, .. arguments]);

    private sealed class TemporaryDirectory : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("fedcli").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    /// <summary>Answers a ping as an engine does, and nothing else.</summary>
    private sealed class AnsweringSocket : IDisposable
    {
        private readonly TemporaryDirectory _directory = new();
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public AnsweringSocket()
        {
            _listener.Bind(new UnixDomainSocketEndPoint(Path));
            _listener.Listen();
            _ = AnswerAsync();
        }

        public string Path => System.IO.Path.Combine(_directory.Path, "docker.sock");

        public void Dispose()
        {
            _listener.Dispose();
            _directory.Dispose();
        }

        private async Task AnswerAsync()
        {
            try
            {
                while (true)
                {
                    using var connection = await _listener.AcceptAsync();
                    await connection.ReceiveAsync(new byte[4096]);
                    await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"u8.ToArray());
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
