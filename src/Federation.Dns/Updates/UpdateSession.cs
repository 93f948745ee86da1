using System.Security.Cryptography;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Updates;

/// <summary>One step after another towards a server's zone that is as ours: looks, reads, plans, updates.</summary>
internal sealed class UpdateSession(DnsName zone, DnsName apex, TimeProvider time)
{
    /// <summary>How often who stands by looks at the zone.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>A zone that is left behind for so long has no pusher any more.</summary>
    private static readonly TimeSpan TakeOverAfter = TimeSpan.FromSeconds(10);

    /// <summary>A zone that is ahead of us for so long has a progress from a history that is no more: the store was restored.</summary>
    private static readonly TimeSpan TakeBackAfter = TimeSpan.FromSeconds(60);

    /// <summary>What others do to our records is found and repaired by reading all again.</summary>
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromMinutes(10);

    private readonly string _word = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
    private readonly DnsName _progressName = ProgressMark.NameFor(apex);
    private readonly WantedRecords _wanted = new();
    private readonly HashSet<DnsName> _dirty = [];
    private readonly Dictionary<DnsName, string> _problems = [];
    private ForeignZone? _foreign; // null: not known
    private long _readAt;
    private ProgressMark? _seen;
    private long? _strangeSince;
    private uint _contentSerial;

    /// <summary>The server's.</summary>
    public DnsName Zone => zone;

    /// <summary>What was known of the server's zone is not to be relied on.</summary>
    public void Forget() => _foreign = null;

    /// <param name="ours">What the server is to have.</param>
    /// <param name="revision">The store's, up to which that is known to be so.</param>
    /// <param name="connect">To the server.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ForeignServerException">The server does not do what it is asked; the next step begins anew.</exception>
    public async Task<UpdateStep> StepAsync(ZoneSnapshot ours, long revision, Func<CancellationToken, Task<DnsConnection>> connect, CancellationToken cancellationToken)
    {
        var changed = _wanted.Follow(ours);
        if (changed.Count > 0)
            _contentSerial = ours.Serial;
        _dirty.UnionWith(changed);
        if (_foreign is not null && _dirty.Count == 0 && time.GetElapsedTime(_readAt) < ReadAgainAfter)
            return Pushing(0, []);

        using var connection = await connect(cancellationToken);
        if (_foreign is null && !await MayPushAsync(connection, Later(ours.Serial, (uint)revision), cancellationToken))
            return new UpdateStep(false, _seen!.Serial, 0, 0, 0, []);
        var wasPushing = _foreign is not null;
        if (!wasPushing || time.GetElapsedTime(_readAt) >= ReadAgainAfter)
            await ReadAsync(connection, cancellationToken);

        // Between the look that allowed it and the reading another process may have begun.
        if (wasPushing ? _foreign!.Progress?.By != _word : _foreign!.Progress != _seen)
            return LostTo(ours.Serial);
        var (updates, problems) = Plan();
        if (updates.Count > 0 || _foreign!.Progress is not { IsWhole: true, By: var by } || by != _word)
        {
            if (!await PushAllAsync(connection, ours.Serial, updates, problems, cancellationToken))
                return LostTo(ours.Serial);
        }

        _dirty.Clear();
        return Pushing(updates.Count, problems);
    }

    /// <summary>Another process was quicker; the zone is its from now on.</summary>
    private UpdateStep LostTo(uint serial)
    {
        Forget();
        return new UpdateStep(false, serial, 0, 0, 0, []);
    }

    /// <summary>Nobody has begun, it is our own progress, or whoever it was has been behind (or ahead of all history) for too long.</summary>
    private async Task<bool> MayPushAsync(DnsConnection connection, uint known, CancellationToken cancellationToken)
    {
        var answers = await ForeignZoneReader.ReadTextAsync(connection, _progressName, cancellationToken);
        var progress = answers.Select(ProgressMark.Read).FirstOrDefault(mark => mark is not null);
        if (progress is null || progress.By == _word || progress.By == ProgressMark.Nobody)
        {
            _seen = progress;
            return true;
        }

        var isBehind = !progress.IsWhole || (int)(_contentSerial - progress.Serial) > 0;
        var isAhead = (int)(progress.Serial - known) > 0;
        var isStrange = isBehind || isAhead;
        _strangeSince = !isStrange ? null : progress == _seen && _strangeSince is { } before ? before : time.GetTimestamp();
        _seen = progress;
        return _strangeSince is { } since && time.GetElapsedTime(since) >= (isBehind ? TakeOverAfter : TakeBackAfter);
    }

    private static uint Later(uint serial, uint revision) => (int)(serial - revision) > 0 ? serial : revision;

    private async Task ReadAsync(DnsConnection connection, CancellationToken cancellationToken)
    {
        _foreign = ForeignZone.Read(await ForeignZoneReader.ReadAllAsync(connection, zone, cancellationToken), apex);
        _readAt = time.GetTimestamp();
        _strangeSince = null;
        _dirty.UnionWith(_wanted.Names);
        _dirty.UnionWith(_foreign.Owned);
    }

    private (List<NameUpdate> Updates, List<string> NewProblems) Plan()
    {
        var (updates, said) = (new List<NameUpdate>(), new List<string>());
        foreach (var name in _dirty)
        {
            if (UpdatePlanner.Plan(name, _wanted.At(name), _foreign!.Find(name), out var problem) is { } update)
                updates.Add(update);
            if (problem is null)
                _problems.Remove(name);
            else
                Say(name, problem, said);
        }

        return (updates, said);
    }

    private void Say(DnsName name, string problem, List<string> said)
    {
        if (_problems.GetValueOrDefault(name) != problem)
            said.Add(problem);
        _problems[name] = problem;
    }

    /// <summary>Lets another process go on at once: this one ends.</summary>
    /// <exception cref="ForeignServerException">The server cannot be told; another process goes on when it sees the zone left behind.</exception>
    public async Task ReleaseAsync(Func<CancellationToken, Task<DnsConnection>> connect, CancellationToken cancellationToken)
    {
        if (_foreign?.Progress is not { } progress || progress.By != _word)
            return;
        using var connection = await connect(cancellationToken);
        await UpdateAsync(connection, progress with { By = ProgressMark.Nobody }, [], cancellationToken);
    }

    /// <returns>False: the progress is another one than was read, so nothing was done.</returns>
    private async Task<bool> PushAllAsync(DnsConnection connection, uint serial, List<NameUpdate> updates, List<string> said, CancellationToken cancellationToken)
    {
        var rest = new Queue<NameUpdate>(updates);
        do
        {
            var batch = new List<NameUpdate>();
            for (var length = 0; rest.Count > 0 && (batch.Count == 0 || length + rest.Peek().Length <= UpdateMessage.MostBytes); length += batch[^1].Length)
                batch.Add(rest.Dequeue());
            if (!await PushAsync(connection, new ProgressMark(serial, rest.Count == 0, _word), batch, said, cancellationToken))
                return false;
        }
        while (rest.Count > 0);
        return true;
    }

    /// <summary>Updates names together; where the server refuses, one by one, so that one name that it does not take holds up no other.</summary>
    private async Task<bool> PushAsync(DnsConnection connection, ProgressMark progress, List<NameUpdate> batch, List<string> said, CancellationToken cancellationToken)
    {
        var code = await UpdateAsync(connection, progress, batch, cancellationToken);
        if (code is ResponseCode.NoError or ResponseCode.NoSuchSet or ResponseCode.SetExists)
            return code == ResponseCode.NoError;
        if (batch.Count == 0)
            throw new ForeignServerException($"The server answers {code.ToMnemonic()} to an update of {_progressName}: is the key allowed to?");
        if (batch.Count == 1)
        {
            Say(batch[0].Name, $"{batch[0].Name} cannot be updated: {code.ToMnemonic()}.", said);
            return await PushAsync(connection, progress, [], said, cancellationToken);
        }

        var half = batch.Count / 2;
        return await PushAsync(connection, progress with { IsWhole = false }, batch[..half], said, cancellationToken)
            && await PushAsync(connection, progress, batch[half..], said, cancellationToken);
    }

    private async Task<ResponseCode> UpdateAsync(DnsConnection connection, ProgressMark progress, List<NameUpdate> batch, CancellationToken cancellationToken)
    {
        var after = progress.Write(_progressName);
        var answer = await connection.AskAsync(UpdateMessage.Write(zone, _progressName, _foreign!.ProgressRecord, after, batch), cancellationToken);
        var code = DnsConnection.CodeOf(answer);
        if (code != ResponseCode.NoError)
            return code;
        batch.ForEach(_foreign.Apply);
        _foreign.Reach(after);
        return code;
    }

    private UpdateStep Pushing(int changed, IReadOnlyList<string> problems) => new(true, _foreign!.Progress!.Serial, changed, _foreign.OwnedCount, _problems.Count, problems);
}
