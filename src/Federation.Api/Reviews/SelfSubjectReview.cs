using Federation.Api.Meta;

namespace Federation.Api.Reviews;

/// <summary>Asks who the caller is: <c>kubectl auth whoami</c>. Answered, never stored.</summary>
public sealed record SelfSubjectReview : Resource
{
    public override string ApiVersion => "authentication.k8s.io/v1";
    public override string Kind => nameof(SelfSubjectReview);

    /// <summary>The answer; set by the server.</summary>
    public SelfSubjectReviewStatus? Status { get; init; }
}

/// <summary>Who the caller is.</summary>
public sealed record SelfSubjectReviewStatus
{
    /// <summary>The caller as the access rules know it.</summary>
    public UserInfo UserInfo { get; init; } = new();
}

/// <summary>A caller, as proven by its token.</summary>
public sealed record UserInfo
{
    /// <summary>The subject of the credential.</summary>
    public string? Username { get; init; }

    /// <summary>The uid of the credential.</summary>
    public string? Uid { get; init; }

    /// <summary>The role, as a group: <c>federation:admin</c>, <c>federation:agent</c> or <c>federation:join</c>.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What else the credential says: the one <c>cluster</c> it is good for.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}
