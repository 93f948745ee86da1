using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Federation.Api.Apps;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Probes;

/// <summary>One attempt of one probe. A failure is a value.</summary>
internal interface IProber
{
    Task<ProbeResult> ProbeAsync(ProbeTarget target, Probe probe, CancellationToken cancellationToken);
}

/// <summary>Probes over the network from the agent's side, and by commands in the container.</summary>
internal sealed class Prober : IProber, IDisposable
{
    private readonly IContainers _containers;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;

    [SuppressMessage("Security", "CA5359", Justification = "As documented on the probe: a pod's own certificate says nothing to the agent.")]
    public Prober(IContainers containers, TimeProvider time)
    {
        _containers = containers;
        _time = time;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
            ActivityHeadersPropagator = null,
        });
    }

    public async Task<ProbeResult> ProbeAsync(ProbeTarget target, Probe probe, CancellationToken cancellationToken)
    {
        var timeout = TimeSpan.FromSeconds(probe.TimeoutSeconds ?? 1);
        using var limit = new CancellationTokenSource(timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return probe switch
            {
                { HttpGet: { } http } => await HttpAsync(target, http, linked.Token),
                { TcpSocket: { } tcp } => await TcpAsync(target, tcp, linked.Token),
                { Exec: { } exec } => await ExecAsync(target, exec, timeout, cancellationToken),
                _ => ProbeResult.Success,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ProbeResult.Failure($"no answer within {timeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException)
        {
            return ProbeResult.Failure(exception.InnerException is SocketException inner ? inner.Message : exception.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<ProbeResult> HttpAsync(ProbeTarget target, HttpGetAction http, CancellationToken cancellationToken)
    {
        if (target.PortOf(http.Port) is not { } port)
            return ProbeResult.Failure($"the container has no port {http.Port}");
        if (target.Address is null && http.Host is null)
            return ProbeResult.Failure("the pod has no address");
        var scheme = string.Equals(http.Scheme, "HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        var path = string.IsNullOrEmpty(http.Path) ? "/" : http.Path[0] == '/' ? http.Path : "/" + http.Path;
        var host = http.Host ?? (target.Address!.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{target.Address}]" : target.Address.ToString());
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{scheme}://{host}:{port}{path}"));
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "federation-probe");
        foreach (var header in http.HttpHeaders)
        {
            if (string.Equals(header.Name, "Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.Host = header.Value;
            else
                request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        using var response = await _http.SendAsync(request, cancellationToken);
        return (int)response.StatusCode is >= 200 and < 400
            ? ProbeResult.Success
            : ProbeResult.Failure($"HTTP status {(int)response.StatusCode}");
    }

    private static async Task<ProbeResult> TcpAsync(ProbeTarget target, TcpSocketAction tcp, CancellationToken cancellationToken)
    {
        if (target.PortOf(tcp.Port) is not { } port)
            return ProbeResult.Failure($"the container has no port {tcp.Port}");
        if (target.Address is null)
            return ProbeResult.Failure("the pod has no address");
        using var socket = new Socket(target.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target.Address, port, cancellationToken);
        return ProbeResult.Success;
    }

    private async Task<ProbeResult> ExecAsync(ProbeTarget target, ExecAction exec, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var spec = new ExecSpec { Command = [.. exec.Command], Timeout = timeout, MaxOutputBytes = 1024 };
            var result = await _containers.ExecAsync(target.Container, spec, cancellationToken);
            if (result.TimedOut)
                return ProbeResult.Failure($"the command did not end within {timeout.TotalSeconds:0} s");
            return result.ExitCode == 0 ? ProbeResult.Success : ProbeResult.Failure($"exit code {result.ExitCode}: {Tail(result)}".TrimEnd(':', ' '));
        }
        catch (RuntimeException exception) when (exception.IsTransient)
        {
            return new ProbeResult(null, exception.Message);
        }
        catch (RuntimeException exception)
        {
            return ProbeResult.Failure(exception.Message);
        }
    }

    private static string Tail(ExecResult result)
    {
        var output = (result.StandardError.Length > 0 ? result.StandardError : result.StandardOutput).Trim();
        return output.Length > 200 ? output[^200..] : output;
    }
}
