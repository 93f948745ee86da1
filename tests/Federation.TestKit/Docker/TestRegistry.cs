using System.Collections.Concurrent;
using System.Net;
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
/// It begins with one image, <see cref="Reference"/>, asks for credentials when it was given some, and can be down, slow, or in trouble.
/// </summary>
public sealed class TestRegistry : IAsyncDisposable
{
    public const string Repository = "test/busybox";
    private const string Tag = "1";
    private readonly RegistryContent _content = new();
    private readonly RegistryAccess? _access;
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<RegistryRequest> _requests = new();
    private WebApplication? _server;

    private TestRegistry(RegistryAccess? access) => _access = access;

    /// <summary>"127.0.0.1:port".</summary>
    public string Host { get; private set; } = "";

    public string Reference => ReferenceOf(Repository, Tag);

    /// <summary>The first image by digest.</summary>
    public string ReferenceByDigest { get; private set; } = "";

    /// <summary>What it answers instead of manifests and blobs; null: those.</summary>
    public RegistryFault? Fault { get; set; }

    /// <summary>Everything it was asked for, oldest first.</summary>
    public IReadOnlyList<RegistryRequest> Requests => [.. _requests];

    /// <param name="credentials">Without these nothing is given; null: to anybody.</param>
    /// <param name="scheme">How it wants to be told them.</param>
    public static async Task<TestRegistry> StartAsync((string Username, string Password)? credentials = null, RegistryScheme scheme = RegistryScheme.Basic)
    {
        var registry = new TestRegistry(credentials is { } given ? new RegistryAccess(given.Username, given.Password, scheme) : null);
        await registry.ListenAsync(port: 0);
        registry.ReferenceByDigest = await registry.PushAsync(Repository, Tag);
        return registry;
    }

    public string ReferenceOf(string repository, string tag) => $"{Host}/{repository}:{tag}";

    /// <summary>Puts an image of busybox under a tag, or moves the tag to it. Its containers have <paramref name="content"/> as the variable CONTENT.</summary>
    /// <returns>The reference by digest.</returns>
    public async Task<string> PushAsync(string repository, string tag, string content = "") => $"{Host}/{repository}@{await _content.PushAsync(repository, tag, content)}";

    /// <summary>How often somebody asked what a tag leads to.</summary>
    public int Lookups(string repository, string tag) => _requests.Count(request => request.Path == $"/v2/{repository}/manifests/{tag}");

    /// <summary>Ends: nobody listens on its port.</summary>
    public async Task GoDownAsync()
    {
        var server = _server ?? throw new InvalidOperationException("The registry is down already.");
        _server = null;
        await server.DisposeAsync();
    }

    /// <summary>Starts again, at the same port and with the same images.</summary>
    public Task ComeBackAsync() => ListenAsync(new Uri($"http://{Host}").Port);

    /// <summary>From now on requests for a repository wait until the hold is disposed of.</summary>
    public IDisposable Hold(string repository)
    {
        var hold = new Held(this, repository);
        _held[repository] = hold.Released;
        return hold;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hold in _held.Values)
            hold.TrySetResult();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private async Task ListenAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        // Who holds a request open when it goes down is not waited for.
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        var server = builder.Build();
        server.Run(AnswerAsync);
        await server.StartAsync();
        Host = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
        _server = server;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        _requests.Enqueue(new RegistryRequest(context.Request.Method, path, TimeProvider.System.GetTimestamp()));
        if (path == RegistryAccess.TokenPath && _access is not null)
            await _access.GiveTokenAsync(context);
        else if (_access?.Refuse(context.Request, Host) is { } refusal)
            await RefuseAsync(context, refusal);
        else if (path == "/v2/")
            context.Response.StatusCode = 200;
        else if (Fault is { } fault)
            await RefuseAsync(context, fault);
        else
            await GiveAsync(context, path);
    }

    private async Task GiveAsync(HttpContext context, string path)
    {
        if (_held.FirstOrDefault(hold => path.StartsWith($"/v2/{hold.Key}/", StringComparison.Ordinal)).Value is { } hold)
            await hold.Task.WaitAsync(context.RequestAborted);
        if (_content.Find(path) is not { } found)
        {
            await RefuseAsync(context, new RegistryFault(404, "MANIFEST_UNKNOWN", "manifest unknown"));
            return;
        }

        context.Response.ContentType = found.MediaType;
        context.Response.ContentLength = found.Content.Length;
        context.Response.Headers["Docker-Content-Digest"] = RegistryContent.Digest(found.Content);
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(found.Content);
    }

    private static async Task RefuseAsync(HttpContext context, RegistryFault fault)
    {
        context.Response.StatusCode = fault.Status;
        context.Response.ContentType = "application/json";
        if (fault.Challenge is not null)
            context.Response.Headers.WWWAuthenticate = fault.Challenge;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.WriteAsync($$$"""{"errors":[{"code":"{{{fault.Code}}}","message":"{{{fault.Message}}}"}]}""");
    }

    private sealed class Held(TestRegistry registry, string repository) : IDisposable
    {
        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose()
        {
            registry._held.TryRemove(repository, out _);
            Released.TrySetResult();
        }
    }
}

/// <summary>An answer that gives nothing: 401, 404, 429, 503 …, with a code and words as the specification has them.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Code">UNAUTHORIZED, TOOMANYREQUESTS …</param>
/// <param name="Message">For people.</param>
/// <param name="Challenge">How to prove who asks; null: that would not help.</param>
public sealed record RegistryFault(int Status, string Code, string Message, string? Challenge = null);

/// <param name="Method">GET or HEAD.</param>
/// <param name="Path">"/v2/…".</param>
/// <param name="At">When, as a timestamp of the system's clock.</param>
public sealed record RegistryRequest(string Method, string Path, long At);
