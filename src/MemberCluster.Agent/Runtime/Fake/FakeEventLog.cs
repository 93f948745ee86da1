using System.Threading.Channels;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>Events of one engine: remembered for a while, and sent to subscribers.</summary>
internal sealed class FakeEventLog(TimeProvider time)
{
    // As many as a real engine remembers.
    private const int Remembered = 256;
    private readonly Lock _lock = new();
    private readonly Queue<RuntimeEvent> _memory = new(Remembered);
    private readonly HashSet<Subscription> _subscriptions = [];
    private DateTimeOffset _last;

    public void Add(FakeContainer container, RuntimeEventKind kind, int? exitCode = null)
    {
        lock (_lock)
        {
            // No two events of an engine have one time: a resume point says exactly where.
            var now = time.GetUtcNow();
            _last = now > _last ? now : _last.AddTicks(1);
            var happened = new RuntimeEvent
            {
                Kind = kind,
                ContainerId = container.Id,
                ContainerName = container.Name,
                At = _last,
                Labels = container.Spec.Labels,
                ExitCode = exitCode,
            };
            if (_memory.Count == Remembered)
                _memory.Dequeue();
            _memory.Enqueue(happened);
            foreach (var subscription in _subscriptions)
                subscription.Offer(happened);
        }
    }

    public IRuntimeEventStream Subscribe(EventFilter filter, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var subscription = new Subscription(this, filter, cancellationToken);
            foreach (var remembered in _memory.Where(remembered => remembered.At >= since))
                subscription.Offer(remembered);
            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    public void EndSubscriptions()
    {
        lock (_lock)
        {
            foreach (var subscription in _subscriptions)
                subscription.End();
            _subscriptions.Clear();
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (_lock)
            _subscriptions.Remove(subscription);
    }

    private sealed class Subscription(FakeEventLog log, EventFilter filter, CancellationToken subscribed) : IRuntimeEventStream
    {
        private readonly Channel<RuntimeEvent> _channel = Channel.CreateUnbounded<RuntimeEvent>(new UnboundedChannelOptions { SingleReader = true });

        public void Offer(RuntimeEvent happened)
        {
            if (LabelMatching.Matches(filter.Labels, happened.Labels))
                _channel.Writer.TryWrite(happened);
        }

        public void End() => _channel.Writer.TryComplete();

        public async IAsyncEnumerator<RuntimeEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(subscribed, cancellationToken);
            await foreach (var happened in _channel.Reader.ReadAllAsync(linked.Token))
                yield return happened;
        }

        public ValueTask DisposeAsync()
        {
            log.Remove(this);
            End();
            return ValueTask.CompletedTask;
        }
    }
}
