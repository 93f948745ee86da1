using System.Runtime.CompilerServices;
using System.Text;

namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>What a container printed, kept line by line over all its runs.</summary>
internal sealed class FakeOutputLog(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<Line> _lines = [];
    private TaskCompletionSource _changed = NewSignal();
    private int _runsEnded;

    public void Append(OutputStream stream, string text)
    {
        lock (_lock)
        {
            foreach (var line in SplitLines(text))
                _lines.Add(new Line(time.GetUtcNow(), stream, line));
            SignalChange();
        }
    }

    /// <summary>The container ended: those who follow are through.</summary>
    public void EndOfRun()
    {
        lock (_lock)
        {
            _runsEnded++;
            SignalChange();
        }
    }

    public async IAsyncEnumerable<OutputChunk> ReadAsync(LogQuery query, bool isRunning, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int next, runs;
        lock (_lock)
        {
            next = query.Tail is { } tail ? Math.Max(0, _lines.Count - tail) : 0;
            runs = _runsEnded;
        }

        while (true)
        {
            List<Line> lines;
            Task changed;
            bool ended;
            lock (_lock)
            {
                lines = _lines[next..];
                next = _lines.Count;
                changed = _changed.Task;
                ended = _runsEnded > runs;
            }

            foreach (var line in lines.Where(line => Selects(query, line)))
                yield return new OutputChunk(line.Stream, Encoding.UTF8.GetBytes(query.Timestamps ? $"{line.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffffff}00Z {line.Text}" : line.Text));
            if (!query.Follow || !isRunning || ended)
                yield break;
            await changed.WaitAsync(cancellationToken);
        }
    }

    private static bool Selects(LogQuery query, Line line) =>
        (line.Stream is OutputStream.StandardError ? query.StandardError : query.StandardOutput)
        && (query.Since is not { } since || line.At >= since)
        && (query.Until is not { } until || line.At <= until);

    private static IEnumerable<string> SplitLines(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            var next = end < 0 ? text.Length : end + 1;
            yield return text[start..next];
            start = next;
        }
    }

    private void SignalChange()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly record struct Line(DateTimeOffset At, OutputStream Stream, string Text);
}
