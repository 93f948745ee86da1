namespace Federation.Cli;

/// <summary>An expected failure: its message is the sentence the user reads, and the exit code is 1.</summary>
internal sealed class CliException(string message) : Exception(message);
