namespace Federation.Api.Meta;

/// <summary>Kubernetes' <c>Status</c>: what the gateway answers when it has no object to give, errors above all.</summary>
public sealed record Status
{
    /// <summary><c>v1</c></summary>
    public string ApiVersion { get; init; } = "v1";

    /// <summary><c>Status</c></summary>
    public string Kind { get; init; } = "Status";

    /// <summary>Always empty.</summary>
    public StatusListMeta Metadata { get; init; } = new();

    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("status")]
    public string Outcome { get; init; } = "Failure";

    /// <summary>What happened, in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>One of <see cref="StatusReasons"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>What it is about, and what is wrong with it.</summary>
    public StatusDetails? Details { get; init; }

    /// <summary>The HTTP status code.</summary>
    public int Code { get; init; }
}

/// <summary>What a list would say of itself.</summary>
public sealed record StatusListMeta
{
    /// <summary>In an <c>Expired</c> answer to a <c>continue</c>: goes on after the same object, with what there is now.</summary>
    public string? Continue { get; init; }
}

/// <summary>The object that a Status is about.</summary>
public sealed record StatusDetails
{
    /// <summary>The object's name.</summary>
    public string? Name { get; init; }

    /// <summary>The group of the kind.</summary>
    public string? Group { get; init; }

    /// <summary>The kind, or its plural name.</summary>
    public string? Kind { get; init; }

    /// <summary>The object's uid.</summary>
    public string? Uid { get; init; }

    /// <summary>One entry for each wrong field.</summary>
    public IReadOnlyList<StatusCause> Causes { get; init; } = [];

    /// <summary>When to try again.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>One wrong field: which, and why.</summary>
public sealed record StatusCause
{
    /// <summary>The sort of mistake, as a constant in CamelCase.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What is wrong, in a sentence.</summary>
    public string Message { get; init; } = "";

    /// <summary>The field's path, such as <c>spec.template.spec.containers[0].image</c>.</summary>
    public string? Field { get; init; }
}

public static class StatusReasons
{
    public const string AlreadyExists = "AlreadyExists";
    public const string BadRequest = "BadRequest";
    public const string Conflict = "Conflict";
    public const string Expired = "Expired";
    public const string Forbidden = "Forbidden";
    public const string InternalError = "InternalError";
    public const string Invalid = "Invalid";
    public const string MethodNotAllowed = "MethodNotAllowed";
    public const string NotAcceptable = "NotAcceptable";
    public const string NotFound = "NotFound";
    public const string RequestEntityTooLarge = "RequestEntityTooLarge";
    public const string ServiceUnavailable = "ServiceUnavailable";
    public const string Timeout = "Timeout";
    public const string TooManyRequests = "TooManyRequests";
    public const string Unauthorized = "Unauthorized";
    public const string UnsupportedMediaType = "UnsupportedMediaType";
}
