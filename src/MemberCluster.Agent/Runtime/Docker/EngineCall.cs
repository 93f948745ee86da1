namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>What kind of call it is, as far as the same answer of the engine means different things.</summary>
internal enum EngineCallKind
{
    Other,
    CreateContainer,
    StartContainer,
    Pull,
    Image,
}

/// <summary>One call, in words for messages ("start container web-0") and by kind for the meaning of its errors.</summary>
internal readonly record struct EngineCall(string What, EngineCallKind Kind = EngineCallKind.Other);
