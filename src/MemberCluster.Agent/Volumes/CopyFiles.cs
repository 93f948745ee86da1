using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Federation.Api.Json;
using MemberCluster.Agent.Data;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Volumes;

/// <summary>How far one volume of a copy has come.</summary>
/// <param name="Entries">The first ones in order, that the engine has written.</param>
/// <param name="Directories">Of these.</param>
/// <param name="Bytes">Of the files among them.</param>
/// <param name="Digest">Once it is done.</param>
internal sealed record ClaimProgress(long Entries, long Directories, long Bytes, string? Digest = null)
{
    public static ClaimProgress None { get; } = new(0, 0, 0);
}

/// <summary>How far one copy has come.</summary>
internal sealed record CopyProgress
{
    public long Epoch { get; init; }

    /// <summary>By claim.</summary>
    public ImmutableDictionary<string, ClaimProgress> Claims { get; init; } = ImmutableDictionary<string, ClaimProgress>.Empty;

    public ClaimProgress Of(string claim) => Claims.GetValueOrDefault(claim, ClaimProgress.None);
}

/// <summary>How far copies have come: so that an agent that was killed goes on. What is lost of it costs time and nothing else, for what a volume holds is compared at the end.</summary>
/// <remarks>A file for each pet, <c>copies/&lt;uid&gt;-&lt;ordinal&gt;</c>. Each is used by one task at a time.</remarks>
internal sealed class CopyFiles(string dataDirectory)
{
    private readonly string _directory = Path.Combine(dataDirectory, "copies");

    public CopyProgress Read(PetKey pet, long epoch)
    {
        try
        {
            var known = ApiJson.FromUtf8<CopyProgress>(File.ReadAllBytes(PathOf(pet)));
            return known.Epoch == epoch ? known : new CopyProgress { Epoch = epoch };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return new CopyProgress { Epoch = epoch };
        }
    }

    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void Save(PetKey pet, CopyProgress progress)
    {
        Directory.CreateDirectory(_directory);
        DurableFile.Replace(PathOf(pet), ApiJson.ToUtf8(progress));
    }

    public void Forget(PetKey pet)
    {
        if (Directory.Exists(_directory))
            File.Delete(PathOf(pet));
    }

    /// <summary>For what need not outlive the agent.</summary>
    public FileStream OpenScratch()
    {
        Directory.CreateDirectory(_directory);
        var path = Path.Combine(_directory, Path.GetRandomFileName() + DurableFile.TemporarySuffix);
        return new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
    }

    private string PathOf(PetKey pet) => Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"{DataDirectories.NameOf(pet.Uid)}-{pet.Ordinal}"));
}
