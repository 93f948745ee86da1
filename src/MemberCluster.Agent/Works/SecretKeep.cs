using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Core;
using Federation.Api.Json;
using MemberCluster.Agent.Data;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Works;

/// <summary>Secrets of the works that are held, in memory only: they outlive the agent and not the machine.</summary>
internal sealed partial class SecretKeep(RuntimeDirectory runtime, ILogger logger)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _path = Path.Combine(runtime.Path, "works");

    /// <summary>The work as it may be written to a disk: what is secret, by name and version only.</summary>
    public static Work WithoutSecrets(Work work) =>
        work.Data.Any(IsSecret) ? work with { Data = [.. work.Data.Select(data => IsSecret(data) ? new WorkData { Kind = data.Kind, Name = data.Name, Version = data.Version, Type = data.Type } : data)] } : work;

    /// <summary>Keeps a work's secrets under a name; those of before are gone. Failing is no more than having to ask for them again.</summary>
    public void Save(string name, Work? work)
    {
        if (!runtime.IsUsable)
            return;
        var path = PathOf(name);
        try
        {
            if (work is null || !work.Data.Any(IsSecret))
            {
                File.Delete(path);
                return;
            }

            Directory.CreateDirectory(_path, OwnerOnly);
            var temporary = path + DurableFile.TemporarySuffix;
            File.Delete(temporary);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            using (var file = new FileStream(temporary, options))
                file.Write(ApiJson.ToUtf8(new Work { Data = [.. work.Data.Where(IsSecret)] }));
            File.Move(temporary, path, overwrite: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was ever kept.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotKept(exception.Message);
        }
    }

    /// <summary>The work with its secrets again. One that is not kept any more is left out: its pods wait for it, and the stream is asked for it.</summary>
    public (Work Work, bool IsComplete) Restore(string name, Work work)
    {
        if (!work.Data.Any(IsSecret))
            return (work, true);
        var kept = Read(name).ToDictionary(data => (data.Name, data.Version));
        var restored = work.Data.Select(data => IsSecret(data) ? kept.GetValueOrDefault((data.Name, data.Version)) : data).OfType<WorkData>().ToList();
        return (work with { Data = restored }, restored.Count == work.Data.Count);
    }

    private IReadOnlyList<WorkData> Read(string name)
    {
        try
        {
            return runtime.IsUsable && File.Exists(PathOf(name)) ? ApiJson.FromUtf8<Work>(File.ReadAllBytes(PathOf(name))).Data : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            LogNotKept(exception.Message);
            return [];
        }
    }

    private static bool IsSecret(WorkData data) => data.Kind == Secret.KindName;

    private string PathOf(string name) => Path.Combine(_path, name);

    [LoggerMessage(EventId = 104, Level = LogLevel.Warning, Message = "Secrets are not kept over a restart of the agent; they will be asked for again. {Problem}")]
    private partial void LogNotKept(string problem);
}
