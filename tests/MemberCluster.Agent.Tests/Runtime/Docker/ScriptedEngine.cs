using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>Answers on a unix socket like an engine of any version would; for what no engine at hand can be made to do.</summary>
internal sealed class ScriptedEngine : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fedeng").FullName;
    private readonly WebApplication _server;

    private ScriptedEngine(RequestDelegate answer, string? apiVersion)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.ListenUnixSocket(Socket));
        _server = builder.Build();
        _server.Run(async context =>
        {
            lock (Paths)
                Paths.Add(context.Request.Path.Value ?? "");
            if (apiVersion is not null)
                context.Response.Headers["Api-Version"] = apiVersion;
            if (context.Request.Path == "/_ping")
                await context.Response.WriteAsync("OK");
            else
                await answer(context);
        });
    }

    public List<string> Paths { get; } = [];

    public string Host => $"unix://{Socket}";

    private string Socket => Path.Combine(_directory, "s");

    public static async Task<ScriptedEngine> StartAsync(string? apiVersion, RequestDelegate answer)
    {
        var engine = new ScriptedEngine(answer, apiVersion);
        await engine._server.StartAsync();
        return engine;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
