using System.Collections.Immutable;
using Federation.Api.Agents;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Works;

/// <summary>The book of works in memory, and its durable copy. Memory leads: a data directory that is full or broken stops nothing, it is said and tried again.</summary>
internal sealed partial class WorkShelf(WorkFiles files, ILogger<WorkShelf> logger)
{
    private readonly Lock _lock = new();
    private WorkBook _book = WorkBook.Empty;
    private WorkBook _stored = WorkBook.Empty;

    /// <summary>Called with the uids that changed, after they are in memory.</summary>
    public Action<ImmutableArray<string>>? Changed { get; set; }

    /// <summary>Called after events were taken in, whether or not they changed a work.</summary>
    public Action? Applied { get; set; }

    public WorkBook Book
    {
        get
        {
            lock (_lock)
                return _book;
        }
    }

    /// <summary>The position that a restart would resume from.</summary>
    public StreamPosition StoredPosition
    {
        get
        {
            lock (_lock)
                return _stored.Position;
        }
    }

    /// <summary>The work as a restart would find it; null: it would not.</summary>
    public Work? StoredWork(string uid)
    {
        lock (_lock)
            return _stored.Held.GetValueOrDefault(uid)?.Work;
    }

    /// <summary>A restart would find of the work what is known of it now.</summary>
    public bool IsStored(string uid)
    {
        lock (_lock)
            return ReferenceEquals(_stored.Held.GetValueOrDefault(uid), _book.Held.GetValueOrDefault(uid));
    }

    /// <summary>Why the last attempt to store failed; null when everything is stored.</summary>
    public string? Problem { get; private set; }

    public void Load()
    {
        lock (_lock)
            _book = _stored = files.Load();
    }

    public void Apply(IReadOnlyList<WorkEvent> changes) => Change(book => changes.Aggregate(book, (current, change) => current.Apply(change)));

    public void Disconnected() => Change(book => book.Disconnected());

    public void Forget(IEnumerable<string> uids) => Change(book => uids.Aggregate(book, (current, uid) => current.Forget(uid)));

    /// <summary>Stores what could not be stored before.</summary>
    public void RetryStore() => Change(book => book);

    private void Change(Func<WorkBook, WorkBook> change)
    {
        ImmutableArray<string> uids;
        lock (_lock)
        {
            var before = _book;
            _book = change(before);
            uids = IsSame(before, _book) ? [] : Differences(before, _book);
            Store();
        }

        if (!uids.IsEmpty)
            Changed?.Invoke(uids);
        Applied?.Invoke();
    }

    private void Store()
    {
        if (IsSame(_stored, _book) && _stored.Position == _book.Position)
            return;
        try
        {
            files.Save(_stored, _book);
            _stored = _book;
            if (Problem is not null)
                LogStoredAgain();
            Problem = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Problem is null)
                LogNotStored(exception.Message);
            Problem = exception.Message;
        }
    }

    private static bool IsSame(WorkBook before, WorkBook after) => ReferenceEquals(before.Held, after.Held) && ReferenceEquals(before.Endpoints, after.Endpoints);

    private static ImmutableArray<string> Differences(WorkBook before, WorkBook after) =>
        [.. Differences(before.Held, after.Held).Union(Differences(before.Endpoints, after.Endpoints))];

    private static IEnumerable<string> Differences<T>(ImmutableDictionary<string, T> before, ImmutableDictionary<string, T> after) where T : class =>
        after.Where(pair => !before.TryGetValue(pair.Key, out var held) || !ReferenceEquals(held, pair.Value)).Select(pair => pair.Key)
            .Concat(before.Keys.Where(uid => !after.ContainsKey(uid)));

    [LoggerMessage(EventId = 102, Level = LogLevel.Error, Message = "The works cannot be stored; everything runs on from memory and storing is tried again. {Problem}")]
    private partial void LogNotStored(string problem);

    [LoggerMessage(EventId = 103, Level = LogLevel.Information, Message = "The works are stored again")]
    private partial void LogStoredAgain();
}
