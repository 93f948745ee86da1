using System.Text.Json.Serialization;
using Federation.Api.Meta;

namespace Federation.Api.Reviews;

/// <summary>Asks for everything the caller may do: <c>kubectl auth can-i --list</c>. Answered, never stored.</summary>
public sealed record SelfSubjectRulesReview : Resource
{
    public override string ApiVersion => "authorization.k8s.io/v1";
    public override string Kind => nameof(SelfSubjectRulesReview);

    /// <summary>The question.</summary>
    public SelfSubjectRulesReviewSpec Spec { get; init; } = new();

    /// <summary>The answer; set by the server.</summary>
    public SubjectRulesReviewStatus? Status { get; init; }
}

/// <summary>Where the caller wants to do something.</summary>
public sealed record SelfSubjectRulesReviewSpec
{
    /// <summary>The namespace asked about.</summary>
    public string? Namespace { get; init; }
}

/// <summary>Everything the caller may do.</summary>
public sealed record SubjectRulesReviewStatus
{
    /// <summary>Actions on objects of the API; in no particular order.</summary>
    public IReadOnlyList<ResourceRule> ResourceRules { get; init; } = [];

    /// <summary>Actions on paths that are no objects; in no particular order.</summary>
    public IReadOnlyList<NonResourceRule> NonResourceRules { get; init; } = [];

    /// <summary>True: there may be more rules than these.</summary>
    public bool Incomplete { get; init; }
}

/// <summary>Verbs that are allowed on kinds.</summary>
public sealed record ResourceRule
{
    /// <summary>The verbs; <c>*</c>: all.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];

    /// <summary>The groups of the kinds; <c>*</c>: all.</summary>
    public IReadOnlyList<string> ApiGroups { get; init; } = [];

    /// <summary>The plural names of the kinds; <c>*</c>: all.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>The only objects the rule is about; empty: all.</summary>
    public IReadOnlyList<string> ResourceNames { get; init; } = [];
}

/// <summary>Methods that are allowed on paths.</summary>
public sealed record NonResourceRule
{
    /// <summary>The methods in lower case; <c>*</c>: all.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];

    /// <summary>The paths; a <c>*</c> at the end stands for everything below.</summary>
    [JsonPropertyName("nonResourceURLs")]
    public IReadOnlyList<string> NonResourceUrls { get; init; } = [];
}
