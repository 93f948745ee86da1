using System.Collections.Immutable;
using System.Text.Json;
using MemberCluster.Agent.Runtime.Docker.Wire;

namespace MemberCluster.Agent.Runtime.Docker;

internal sealed class DockerImages(DockerHttp http, RepoDigestCache digests) : IImages
{
    private const string LoadedImage = "Loaded image: ";
    private const string LoadedImageId = "Loaded image ID: ";

    public async Task<Image?> FindAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            var call = new EngineCall($"inspect image {reference}", EngineCallKind.Image);
            return ToImage(await http.GetAsync(call, $"images/{PathOf(reference)}/json", DockerJson.Default.ImageWire, cancellationToken));
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.ImageNotFound)
        {
            return null;
        }
    }

    public async Task<ImmutableArray<Image>> ListAsync(CancellationToken cancellationToken)
    {
        var images = await http.GetAsync(new EngineCall("list images"), "images/json", DockerJson.Default.ImageWireArray, cancellationToken);
        return [.. images.Select(ToImage)];
    }

    public async Task<Image> PullAsync(string reference, RegistryAuth? auth, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var parsed = ImageReference.Parse(reference);
        var call = new EngineCall($"pull image {reference}", EngineCallKind.Pull);
        var path = DockerPath.WithQuery("images/create", ("fromImage", parsed.Name), ("tag", parsed.TagOrDigest));
        // The engine answers only after the registry did, which may need its own time-outs and retries.
        using var response = await http.OpenAsync(call, HttpMethod.Post, path, content: null, cancellationToken, http.Options.TransferIdleTimeout, headers =>
        {
            if (auth is not null)
                headers.Add("X-Registry-Auth", Encode(auth, parsed.Registry));
        });
        await foreach (var line in ProgressReader.ReadAsync(http, call, response, cancellationToken))
        {
            if (line.Status is { } status)
                progress?.Report(new PullProgress(line.Id, status, line.Detail?.Current, line.Detail?.Total));
        }

        digests.Forget();
        return await FindAsync(parsed.ToString(), cancellationToken)
            ?? throw new RuntimeException(RuntimeFailure.EngineFault, $"Cannot {call.What}: the engine says it is done but has no such image.");
    }

    public async Task<string> ImportAsync(Stream tar, ImageImport import, CancellationToken cancellationToken)
    {
        var parsed = ImageReference.Parse(import.Reference);
        var call = new EngineCall($"import image {import.Reference}", EngineCallKind.Image);
        var path = DockerPath.WithQuery("images/create", ("fromSrc", "-"), ("repo", parsed.Name), ("tag", parsed.TagOrDigest));
        foreach (var change in import.Changes)
            path += $"&changes={Uri.EscapeDataString(change)}";
        var id = "";
        using var response = await SendTarAsync(call, path, tar, cancellationToken);
        await foreach (var line in ProgressReader.ReadAsync(http, call, response, cancellationToken))
            id = line.Status ?? id;   // the last line is the id
        return id.Trim();
    }

    public async Task<ImmutableArray<string>> LoadAsync(Stream tar, CancellationToken cancellationToken)
    {
        var call = new EngineCall("load images", EngineCallKind.Image);
        var loaded = ImmutableArray.CreateBuilder<string>();
        using var response = await SendTarAsync(call, "images/load?quiet=1", tar, cancellationToken);
        await foreach (var line in ProgressReader.ReadAsync(http, call, response, cancellationToken))
        {
            var text = line.Stream?.Trim() ?? "";
            if (text.StartsWith(LoadedImage, StringComparison.Ordinal))
                loaded.Add(text[LoadedImage.Length..]);
            else if (text.StartsWith(LoadedImageId, StringComparison.Ordinal))
                loaded.Add(text[LoadedImageId.Length..]);
        }

        return loaded.ToImmutable();
    }

    public async Task<bool> RemoveAsync(string reference, bool force, CancellationToken cancellationToken)
    {
        try
        {
            var path = DockerPath.WithQuery($"images/{PathOf(reference)}", ("force", DockerPath.Flag(force)));
            await http.SendAsync(new EngineCall($"remove image {reference}", EngineCallKind.Image), HttpMethod.Delete, path, cancellationToken);
            return true;
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.ImageNotFound)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> SendTarAsync(EngineCall call, string path, Stream tar, CancellationToken cancellationToken)
    {
        var content = new StreamContent(tar);
        content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-tar");
        return await http.OpenAsync(call, HttpMethod.Post, path, content, cancellationToken, http.Options.TransferIdleTimeout);
    }

    // A parsed reference needs no escaping, and its slashes must stay. An id is passed as it is.
    private static string PathOf(string reference) =>
        reference.StartsWith("sha256:", StringComparison.Ordinal) ? Uri.EscapeDataString(reference) : ImageReference.Parse(reference).ToString();

    // RFC 4648 section 5 with padding: without it older engines take the header as absent.
    private static string Encode(RegistryAuth auth, string registry)
    {
        var wire = new RegistryAuthWire
        {
            Username = auth.Username,
            Password = auth.IdentityToken is null ? auth.Password : null,
            IdentityToken = auth.IdentityToken,
            ServerAddress = registry,
        };
        return Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(wire, DockerJson.Default.RegistryAuthWire)).Replace('+', '-').Replace('/', '_');
    }

    private static Image ToImage(ImageWire wire) => new()
    {
        Id = wire.Id ?? "",
        Tags = Known(wire.RepoTags),
        RepoDigests = Known(wire.RepoDigests),
        SizeBytes = wire.Size,
        User = wire.Config is { } config ? config.User ?? "" : null,
    };

    // Engines write "<none>:<none>" for nothing.
    private static ImmutableArray<string> Known(string[]? names) =>
        names is null ? [] : [.. names.Where(name => !name.StartsWith("<none>", StringComparison.Ordinal))];
}
