using System.Collections.Immutable;
using System.Net;
using MemberCluster.Agent.Runtime.Machine;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>A volume through the engine's archive calls: in a container that has it and is never started. So the agent needs no way to the engine's directory.</summary>
internal sealed class DockerVolumeContents : IVolumeContents
{
    /// <summary>An image with nothing in it; any would do for a container that never runs, and this one need not be pulled.</summary>
    private const string Image = "federation/volume:1";
    private const string Suffix = "_open";

    private readonly DockerHttp _http;
    private readonly DockerContainers _containers;
    private readonly Volume _volume;
    private readonly string _container;

    private DockerVolumeContents(DockerHttp http, DockerContainers containers, Volume volume, string container) =>
        (_http, _containers, _volume, _container) = (http, containers, volume, container);

    /// <summary>The container that holds a volume open.</summary>
    public static string HolderOf(string volume) => volume + Suffix;

    public static async Task<DockerVolumeContents> OpenAsync(
        DockerHttp http, DockerContainers containers, DockerImages images, Volume volume, ImmutableDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        var spec = new ContainerSpec
        {
            Name = HolderOf(volume.Name),
            Image = Image,
            Entrypoint = ["never started"],
            Labels = labels,
            Network = new ContainerNetwork.None(),
            Mounts = [new ContainerMount.Volume(volume.Name) { Target = "/" + IVolumeContents.Root }],
        };
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new DockerVolumeContents(http, containers, volume, await containers.CreateAsync(spec, cancellationToken));
            }
            catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.ImageNotFound && attempt < 3)
            {
                using var nothing = new MemoryStream(new byte[1024]);
                await images.ImportAsync(nothing, new ImageImport(Image, []), cancellationToken);
            }
            catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.Conflict && attempt < 3)
            {
                await containers.RemoveAsync(spec.Name, force: true, cancellationToken);
            }
        }
    }

    public async Task<Stream> ReadAsync(CancellationToken cancellationToken)
    {
        var call = new EngineCall($"read volume {_volume.Name}");
        var path = DockerPath.WithQuery(DockerPath.Container(_container, "archive"), ("path", "/" + IVolumeContents.Root));
        var response = await _http.OpenAsync(call, HttpMethod.Get, path, content: null, cancellationToken, _http.Options.TransferIdleTimeout);
        try
        {
            return new AnswerStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public async Task WriteAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var call = new EngineCall($"write volume {_volume.Name}");
        // Into the directory above: what a tar says of the volume's own directory counts only there.
        var path = DockerPath.WithQuery(DockerPath.Container(_container, "archive"), ("path", "/"));
        using var content = new WrittenContent(write);
        try
        {
            using var response = await _http.OpenAsync(call, HttpMethod.Put, path, content, cancellationToken, Timeout.InfiniteTimeSpan);
            // An engine that has had enough answers before everything was sent, and not only when something is wrong.
            content.ThrowIfFailed();
        }
        catch (Exception exception) when (exception is RuntimeException { Failure: RuntimeFailure.EngineUnavailable } or OperationCanceledException && content.Failure is not null)
        {
            // The caller's own trouble broke the request.
            content.ThrowIfFailed();
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken) => Task.Run(() => FileSystem.Sync(_volume.Path), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(_http.Options.RequestTimeout, _http.Time);
            await _containers.RemoveAsync(_container, force: true, limit.Token);
        }
        catch (Exception exception) when (exception is RuntimeException or OperationCanceledException)
        {
            // Whoever opens the volume next takes it.
        }
    }

    /// <summary>A body that somebody writes while it is sent.</summary>
    private sealed class WrittenContent : HttpContent
    {
        private readonly Func<Stream, CancellationToken, Task> _write;

        public WrittenContent(Func<Stream, CancellationToken, Task> write)
        {
            _write = write;
            Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-tar");
        }

        public Exception? Failure { get; private set; }

        public void ThrowIfFailed()
        {
            if (Failure is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(Failure);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            try
            {
                await _write(stream, cancellationToken);
            }
            catch (Exception exception)
            {
                Failure = exception;
                throw;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
