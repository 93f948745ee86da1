namespace MemberCluster.Agent.Hosting;

/// <summary>The agent cannot start, for a reason that is a person's to put right. The message is the whole story, in one sentence.</summary>
internal sealed class AgentStartException(string message, Exception? innerException = null) : Exception(message, innerException);
