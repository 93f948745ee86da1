using Federation.Api.Meta;

namespace Federation.Api.Reviews;

/// <summary>Asks whether the caller may do something: <c>kubectl auth can-i</c>. Answered, never stored.</summary>
public sealed record SelfSubjectAccessReview : Resource
{
    public override string ApiVersion => "authorization.k8s.io/v1";
    public override string Kind => nameof(SelfSubjectAccessReview);

    /// <summary>The question.</summary>
    public SelfSubjectAccessReviewSpec Spec { get; init; } = new();

    /// <summary>The answer; set by the server.</summary>
    public SubjectAccessReviewStatus? Status { get; init; }
}

/// <summary>Exactly one of <see cref="ResourceAttributes"/> and <see cref="NonResourceAttributes"/> is set.</summary>
public sealed record SelfSubjectAccessReviewSpec
{
    /// <summary>Asks about objects of the API.</summary>
    public ResourceAttributes? ResourceAttributes { get; init; }

    /// <summary>Asks about a path that is no object, such as <c>/metrics</c>.</summary>
    public NonResourceAttributes? NonResourceAttributes { get; init; }
}

/// <summary>An action on objects of the API.</summary>
public sealed record ResourceAttributes
{
    /// <summary>The namespace of the action; absent: all namespaces, or a kind without.</summary>
    public string? Namespace { get; init; }

    /// <summary>get, list, watch, create, update, patch, delete, deletecollection; <c>*</c>: all of them.</summary>
    public string? Verb { get; init; }

    /// <summary>The API group; absent: the core group. <c>*</c>: all groups.</summary>
    public string? Group { get; init; }

    /// <summary>The version within the group; absent or <c>*</c>: any.</summary>
    public string? Version { get; init; }

    /// <summary>The plural name of the kind, such as <c>apps</c>; <c>*</c>: all kinds.</summary>
    public string? Resource { get; init; }

    /// <summary>Such as <c>status</c>, <c>scale</c> or <c>log</c>.</summary>
    public string? Subresource { get; init; }

    /// <summary>One object; absent: all of them.</summary>
    public string? Name { get; init; }

    /// <summary>Narrows a list by fields. The answer is the same for all objects, so it makes no difference here.</summary>
    public SelectorAttributes? FieldSelector { get; init; }

    /// <summary>Narrows a list by labels. The answer is the same for all objects, so it makes no difference here.</summary>
    public SelectorAttributes? LabelSelector { get; init; }
}

/// <summary>A selector that an action is limited to.</summary>
public sealed record SelectorAttributes
{
    /// <summary>The selector as it stands in a URL.</summary>
    public string? RawSelector { get; init; }

    /// <summary>The selector, term by term; every one holds.</summary>
    public IReadOnlyList<SelectorTerm> Requirements { get; init; } = [];
}

/// <summary>One term of a selector.</summary>
public sealed record SelectorTerm
{
    /// <summary>The label or field.</summary>
    public string Key { get; init; } = "";

    /// <summary>In, NotIn, Exists or DoesNotExist.</summary>
    public string Operator { get; init; } = "";

    /// <summary>What the operator compares with.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];
}

/// <summary>An action on a path that is no object.</summary>
public sealed record NonResourceAttributes
{
    /// <summary>The path of the URL.</summary>
    public string? Path { get; init; }

    /// <summary>The HTTP method in lower case.</summary>
    public string? Verb { get; init; }
}

/// <summary>Whether an action is allowed, and by which rule.</summary>
public sealed record SubjectAccessReviewStatus
{
    /// <summary>True: the action is allowed.</summary>
    public bool Allowed { get; init; }

    /// <summary>True: a rule forbids the action, whatever other rules allow.</summary>
    public bool? Denied { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>What went wrong while deciding, if anything.</summary>
    public string? EvaluationError { get; init; }
}
