using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Federation.Api.Clusters;
using Federation.Api.Json;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ClusterRole.Shares;

/// <summary>What the cluster agent decided, durably: one file per work under <c>shares/</c>, and what people want of the machines in <c>wishes.json</c>.</summary>
/// <remarks>Memory leads: a disk that is full or broken stops nothing. What could not be stored is stored by <see cref="Retry"/>; an agent that dies before that adopts what its nodes report.</remarks>
internal sealed partial class ShareFiles(string dataDirectory, ILogger<ShareFiles> logger)
{
    private readonly string _shares = Path.Combine(dataDirectory, "shares");
    private readonly ShareMark _complete = new(Path.Combine(dataDirectory, "shares-complete"));
    private readonly ShareMark _heard = new(Path.Combine(dataDirectory, "machines-heard"));
    private readonly string _wishes = Path.Combine(dataDirectory, "wishes.json");
    private readonly Dictionary<string, WorkShares?> _unstored = [];
    private IReadOnlyList<NodeSettings>? _unstoredWishes;

    /// <exception cref="IOException">The directory cannot be made or listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be used.</exception>
    public (List<WorkShares> Shares, IReadOnlyList<NodeSettings> Wishes) Load()
    {
        Directory.CreateDirectory(_shares);
        foreach (var leftover in Directory.EnumerateFiles(_shares, "*" + DurableFile.TemporarySuffix))
            File.Delete(leftover);
        _complete.Load();
        _heard.Load();
        List<WorkShares> shares = [.. Directory.EnumerateFiles(_shares, "*.json").Select(TryRead<WorkShares>).OfType<WorkShares>().Where(work => work.Uid.Length > 0)];
        return (shares, (File.Exists(_wishes) ? TryRead<WishList>(_wishes)?.Nodes : null) ?? []);
    }

    /// <summary>Earlier lives may have decided what is not in these files: they were lost, or made just now.</summary>
    public bool MayHaveForgotten => !_complete.IsSet;

    /// <summary>What earlier lives permitted is over: from now on the files know of every pet that a node can be running.</summary>
    public void Complete()
    {
        _complete.Set();
        Retry();
    }

    /// <summary>Since these files were begun every machine has said what it runs: what a machine runs that is away now is known from them.</summary>
    public bool AreAllHeard => _heard.IsSet;

    public void HearAll()
    {
        _heard.Set();
        Retry();
    }

    /// <summary>False: what was decided last could not be stored, and a restart would not know it.</summary>
    public bool IsStored(string uid) => !_unstored.ContainsKey(uid);

    public void Save(WorkShares shares)
    {
        _unstored[shares.Uid] = shares;
        Retry();
    }

    public void Remove(string uid)
    {
        _unstored[uid] = null;
        Retry();
    }

    public static bool AreSame(IReadOnlyList<NodeSettings> left, IReadOnlyList<NodeSettings> right) => ApiJson.AreWrittenAlike(left, right);

    public void SaveWishes(IReadOnlyList<NodeSettings> wishes)
    {
        _unstoredWishes = wishes;
        Retry();
    }

    /// <summary>Why the last attempt to store failed; null when everything is stored.</summary>
    public string? Problem { get; private set; }

    /// <summary>Stores what could not be stored before.</summary>
    public void Retry()
    {
        try
        {
            foreach (var (uid, shares) in _unstored.ToList())
            {
                if (shares is null)
                    File.Delete(PathOf(uid));
                else
                    DurableFile.Replace(PathOf(uid), ApiJson.ToUtf8(shares));
                _unstored.Remove(uid);
            }

            if (_unstoredWishes is { } wishes)
                DurableFile.Replace(_wishes, ApiJson.ToUtf8(new WishList { Nodes = wishes }));
            _unstoredWishes = null;
            _complete.Store();
            _heard.Store();
            Problem = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Problem is null)
                LogNotStored(exception.Message);
            Problem = exception.Message;
        }
    }

    /// <summary>The uid as the file name when it can be one; it comes from the control plane, not from here.</summary>
    private string PathOf(string uid)
    {
        var isPlain = uid.Length is > 0 and <= 64 && uid.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');
        return Path.Combine(_shares, (isPlain ? uid : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uid)))) + ".json");
    }

    private T? TryRead<T>(string path) where T : class
    {
        try
        {
            return ApiJson.FromUtf8<T>(File.ReadAllBytes(path));
        }
        catch (JsonException exception)
        {
            LogUnreadable(path, exception.Message);
            _complete.Clear();
            _heard.Clear();
            File.Move(path, path + ".unreadable", overwrite: true);
            return null;
        }
    }

    internal sealed record WishList
    {
        public IReadOnlyList<NodeSettings> Nodes { get; init; } = [];
    }

    [LoggerMessage(EventId = 801, Level = LogLevel.Warning, Message = "{Path} cannot be read and is set aside; what the nodes report is taken in its place. {Problem}")]
    private partial void LogUnreadable(string path, string problem);

    [LoggerMessage(EventId = 802, Level = LogLevel.Error, Message = "The nodes' shares cannot be stored; everything runs on from memory and storing is tried again. {Problem}")]
    private partial void LogNotStored(string problem);
}
