namespace Federation.Embedded.Engine.Calls;

/// <summary>
/// Calls whose callers wait. All have the same time limit, so the order of sending is the order of deadlines and one clock timer,
/// armed for the oldest, serves them all.
/// </summary>
internal sealed class Deadlines : IDisposable
{
    private readonly LinkedList<Call> waiting = new();
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly TimeSpan timeout;
    private readonly ITimer timer;
    private bool armed;

    public Deadlines(TimeProvider time, TimeSpan timeout)
    {
        this.time = time;
        this.timeout = timeout;
        timer = time.CreateTimer(static state => ((Deadlines)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(Call call)
    {
        var node = new LinkedListNode<Call>(call);
        call.SentAt = time.GetTimestamp();
        call.DeadlineNode = node;
        lock (gate)
        {
            waiting.AddLast(node);
            if (armed)
                return;

            armed = true;
        }

        timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    public void Remove(Call call)
    {
        if (call.DeadlineNode is not { } node)
            return;

        lock (gate)
        {
            if (node.List is not null)
                waiting.Remove(node);
        }
    }

    /// <summary>Ends every wait, oldest first.</summary>
    public void RejectAll(Func<Exception> reason)
    {
        foreach (var call in Take(_ => true))
            call.Reject(reason());
    }

    public void Dispose() => timer.Dispose();

    private void OnDue()
    {
        foreach (var call in Take(call => Remaining(call) <= TimeSpan.Zero))
            call.TimeOut(timeout);

        TimeSpan next;
        lock (gate)
        {
            armed = waiting.Count > 0;
            if (!armed)
                return;

            next = Remaining(waiting.First!.Value);
        }

        timer.Change(next > TimeSpan.Zero ? next : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Remaining(Call call) => timeout - time.GetElapsedTime(call.SentAt);

    private List<Call> Take(Func<Call, bool> isDue)
    {
        List<Call> taken = [];
        lock (gate)
        {
            while (waiting.First is { } first && isDue(first.Value))
            {
                taken.Add(first.Value);
                waiting.RemoveFirst();
            }
        }

        return taken;
    }
}
