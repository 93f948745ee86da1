using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime;

public enum OutputStream
{
    StandardOutput = 1,
    StandardError = 2,
}

/// <summary>A piece of output, cut anywhere. The memory is the reader's to keep.</summary>
public readonly record struct OutputChunk(OutputStream Stream, ReadOnlyMemory<byte> Data);

/// <summary>Which part of the output.</summary>
public sealed record LogQuery
{
    /// <summary>Keep reading what comes until the container stops.</summary>
    public bool Follow { get; init; }

    /// <summary>Only the last lines, counted over both streams before one is left out; null is all.</summary>
    public int? Tail { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>Each line is preceded by its time (RFC 3339, nanoseconds) and a space.</summary>
    public bool Timestamps { get; init; }

    public bool StandardOutput { get; init; } = true;

    public bool StandardError { get; init; } = true;
}

/// <summary>A command to run in a running container.</summary>
public sealed record ExecSpec
{
    public required ImmutableArray<string> Command { get; init; }

    public ImmutableDictionary<string, string> Env { get; init; } = ImmutableDictionary<string, string>.Empty;

    public string? User { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>Only for <see cref="IContainers.StartExecAsync"/>.</summary>
    public bool AttachStdin { get; init; }

    /// <summary>Only for <see cref="IContainers.StartExecAsync"/>; output then comes as one stream.</summary>
    public bool Tty { get; init; }

    /// <summary>Only for <see cref="IContainers.ExecAsync"/>.</summary>
    /// <value>Default: 30 seconds.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Only for <see cref="IContainers.ExecAsync"/>: output beyond this, per stream, is read and dropped.</summary>
    /// <value>Default: 64 KiB.</value>
    public int MaxOutputBytes { get; init; } = 64 * 1024;
}

/// <summary>How a command ended.</summary>
public sealed record ExecResult
{
    /// <summary>Null when it <see cref="TimedOut"/>. 126/127 when it could not be run.</summary>
    public required int? ExitCode { get; init; }

    public required string StandardOutput { get; init; }

    public required string StandardError { get; init; }

    /// <summary>Some output was dropped.</summary>
    public bool Truncated { get; init; }

    /// <summary>It ran for longer than <see cref="ExecSpec.Timeout"/>; an engine has no way to end it, so it may still run.</summary>
    public bool TimedOut { get; init; }
}

/// <summary>The streams of a running command.</summary>
public interface IAttachedStream : IAsyncDisposable
{
    /// <summary>Output until the command ends. To be enumerated once.</summary>
    IAsyncEnumerable<OutputChunk> ReadAsync(CancellationToken cancellationToken);

    Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>End of standard input.</summary>
    Task CloseInputAsync(CancellationToken cancellationToken);

    Task ResizeAsync(int columns, int rows, CancellationToken cancellationToken);

    /// <summary>The exit code, after the output has ended; null while it is still running.</summary>
    Task<int?> GetExitCodeAsync(CancellationToken cancellationToken);
}
