using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Json;
using MemberCluster.Agent.Data;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Snapshots;

/// <summary>What is known of an item that was taken.</summary>
internal sealed record TakenItem
{
    public DateTimeOffset TakenAt { get; init; }
    public IReadOnlyList<WorkSnapshotClaim> Claims { get; init; } = [];
}

/// <summary>What is known of items that were taken, so that volumes need not be read again: a file for each, <c>taken/&lt;uid&gt;_&lt;id&gt;</c>. What is lost of it costs time and nothing else.</summary>
internal sealed class TakenFiles(string dataDirectory)
{
    private readonly string _directory = Path.Combine(dataDirectory, "taken");

    public TakenItem? Read(PartKey item)
    {
        try
        {
            return ApiJson.FromUtf8<TakenItem>(File.ReadAllBytes(PathOf(item)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void Save(PartKey item, TakenItem known)
    {
        Directory.CreateDirectory(_directory);
        DurableFile.Replace(PathOf(item), ApiJson.ToUtf8(known));
    }

    /// <param name="uid">The PetSnapshot's.</param>
    /// <param name="id">Null: all of its items.</param>
    public void Forget(string uid, string? id)
    {
        if (!Directory.Exists(_directory))
            return;
        if (id is not null)
            File.Delete(PathOf(new PartKey(uid, id, WorkSnapshotPart.Taken)));
        else
            Directory.GetFiles(_directory, $"{DataDirectories.NameOf(uid)}_*").ToList().ForEach(File.Delete);
    }

    private string PathOf(PartKey item) => Path.Combine(_directory, $"{DataDirectories.NameOf(item.Uid)}_{DataDirectories.NameOf(item.Id)}");
}
