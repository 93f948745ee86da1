using System.Buffers;
using System.Text;

namespace MemberCluster.Agent.Runtime;

/// <summary>Gathers output up to a limit per stream and drops the rest.</summary>
internal sealed class BoundedOutput(int maxBytes)
{
    private readonly ArrayBufferWriter<byte> _out = new();
    private readonly ArrayBufferWriter<byte> _error = new();
    private bool _truncated;

    public void Add(OutputChunk chunk)
    {
        var target = chunk.Stream is OutputStream.StandardError ? _error : _out;
        var fitting = Math.Min(chunk.Data.Length, maxBytes - target.WrittenCount);
        target.Write(chunk.Data.Span[..fitting]);
        _truncated |= fitting < chunk.Data.Length;
    }

    /// <param name="exitCode">Null when the time ran out.</param>
    public ExecResult ToResult(int? exitCode) => new()
    {
        ExitCode = exitCode,
        StandardOutput = Encoding.UTF8.GetString(_out.WrittenSpan),
        StandardError = Encoding.UTF8.GetString(_error.WrittenSpan),
        Truncated = _truncated,
        TimedOut = exitCode is null,
    };
}
