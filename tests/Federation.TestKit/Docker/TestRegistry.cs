using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Federation.TestKit.Docker;

/// <summary>
/// The reading half of a registry (OCI distribution specification 1.1, "pull"), on loopback, where engines allow plain HTTP.
/// It has one image, <see cref="Reference"/>, and asks for credentials when it was given some.
/// </summary>
public sealed class TestRegistry : IAsyncDisposable
{
    private const string Repository = "test/busybox";
    private const string Tag = "1";
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";
    private readonly WebApplication _server;
    private readonly Dictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    private readonly string? _authorization;
    private readonly byte[] _manifest;

    private TestRegistry(WebApplication server, byte[] layerTar, (string Username, string Password)? credentials)
    {
        _server = server;
        _authorization = credentials is { } given ? $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{given.Username}:{given.Password}"))}" : null;
        var layer = Compress(layerTar);
        var config = Encoding.UTF8.GetBytes(
            $$$"""{"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":["{{{Digest(layerTar)}}}"]}}""");
        _manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{ManifestType}}",
             "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":{{config.Length}},"digest":"{{Digest(config)}}"},
             "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":{{layer.Length}},"digest":"{{Digest(layer)}}"} ] }
            """);
        _blobs[Digest(layer)] = layer;
        _blobs[Digest(config)] = config;
    }

    /// <summary>"127.0.0.1:port".</summary>
    public string Host { get; private set; } = "";

    public string Reference => $"{Host}/{Repository}:{Tag}";

    /// <summary>The same image by digest.</summary>
    public string ReferenceByDigest => $"{Host}/{Repository}@{Digest(_manifest)}";

    public static async Task<TestRegistry> StartAsync((string Username, string Password)? credentials = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        var registry = new TestRegistry(server, (await BusyboxImage.CreateTarAsync()).ToArray(), credentials);
        server.Run(registry.AnswerAsync);
        await server.StartAsync();
        var address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        registry.Host = new Uri(address).Authority;
        return registry;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (_authorization is not null && context.Request.Headers.Authorization != _authorization)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"test\"";
            await RefuseAsync(context, 401, "UNAUTHORIZED", "authentication required");
        }
        else if (path == "/v2/")
        {
            context.Response.StatusCode = 200;
        }
        else if (path is $"/v2/{Repository}/manifests/{Tag}" || path == $"/v2/{Repository}/manifests/{Digest(_manifest)}")
        {
            await GiveAsync(context, ManifestType, _manifest);
        }
        else if (path.StartsWith($"/v2/{Repository}/blobs/", StringComparison.Ordinal) && _blobs.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var blob))
        {
            await GiveAsync(context, "application/octet-stream", blob);
        }
        else
        {
            await RefuseAsync(context, 404, "MANIFEST_UNKNOWN", "manifest unknown");
        }
    }

    private static async Task GiveAsync(HttpContext context, string type, byte[] content)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        context.Response.Headers["Docker-Content-Digest"] = Digest(content);
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(content);
    }

    private static async Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.WriteAsync($$$"""{"errors":[{"code":"{{{code}}}","message":"{{{message}}}"}]}""");
    }

    private static byte[] Compress(byte[] content)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
            gzip.Write(content);
        return stream.ToArray();
    }

    private static string Digest(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";
}
