namespace MemberCluster.Agent.Runtime.Docker.Wire;

internal sealed record ExecCreateWire
{
    public required string[] Cmd { get; init; }

    public required string[] Env { get; init; }

    public string? User { get; init; }

    public string? WorkingDir { get; init; }

    public bool AttachStdin { get; init; }

    public bool AttachStdout { get; init; } = true;

    public bool AttachStderr { get; init; } = true;

    public bool Tty { get; init; }
}

internal sealed record ExecStartWire
{
    public bool Detach { get; init; }

    public bool Tty { get; init; }
}

internal sealed record ExecWire
{
    public bool Running { get; init; }

    public int? ExitCode { get; init; }
}
