using Federation.Api.Ownership;
using Federation.Api.Validation;

namespace Federation.Api.Meta;

/// <summary>Kubernetes' answers to requests that have no object to give, with its codes, reasons and words.</summary>
public static class Statuses
{
    /// <summary>422, or 400 when the body is not JSON at all. All mistakes are in the message and in the causes.</summary>
    public static Status Invalid(KindDefinition kind, string name, IReadOnlyList<FieldError> errors)
    {
        if (errors.FirstOrDefault(error => error.Type == FieldErrorType.Syntax) is { } syntax)
            return BadRequest(syntax.Message);
        var sentences = errors.Select(error => error.ToString()).Distinct().ToList();
        var list = sentences.Count == 1 ? sentences[0] : $"[{string.Join(", ", sentences)}]";
        return Failure(422, StatusReasons.Invalid, $"{kind.GroupKind} \"{name}\" is invalid: {list}") with
        {
            Details = new StatusDetails { Name = name, Group = kind.Group, Kind = kind.Kind, Causes = [.. errors.Select(error => error.ToCause())] },
        };
    }

    public static Status NotFound(KindDefinition kind, string name) =>
        About(kind, name, Failure(404, StatusReasons.NotFound, $"{kind.GroupResource} \"{name}\" not found"));

    /// <summary>404 for a path that no kind is served at.</summary>
    public static Status PathNotFound() => Failure(404, StatusReasons.NotFound, "the server could not find the requested resource");

    public static Status AlreadyExists(KindDefinition kind, string name) =>
        About(kind, name, Failure(409, StatusReasons.AlreadyExists, $"{kind.GroupResource} \"{name}\" already exists"));

    /// <summary>409: the object changed after the client read it.</summary>
    public static Status Conflict(KindDefinition kind, string name) => Conflict(
        kind,
        name,
        "the object has been modified; please apply your changes to the latest version and try again");

    public static Status Conflict(KindDefinition kind, string name, string why) =>
        About(kind, name, Failure(409, StatusReasons.Conflict, $"Operation cannot be fulfilled on {kind.GroupResource} \"{name}\": {why}"));

    /// <summary>409: server-side apply would change what others own. kubectl makes its own sentences of the causes.</summary>
    public static Status ApplyConflict(IReadOnlyList<FieldConflict> conflicts)
    {
        var message = conflicts.Count == 1
            ? $"Apply failed with 1 conflict: conflict with {conflicts[0].Owner}: {conflicts[0].Field}"
            : $"Apply failed with {conflicts.Count} conflicts: "
                + string.Join('\n', conflicts.GroupBy(conflict => conflict.Owner).Select(owner => $"conflicts with {owner.Key}:\n{string.Join('\n', owner.Select(conflict => $"- {conflict.Field}"))}"));
        return Failure(409, StatusReasons.Conflict, message) with
        {
            Details = new StatusDetails
            {
                Causes = [.. conflicts.Select(conflict => new StatusCause { Reason = "FieldManagerConflict", Message = $"conflict with {conflict.Owner}", Field = conflict.Field })],
            },
        };
    }

    /// <summary>422: a well formed patch that this object does not take.</summary>
    public static Status PatchRefused(KindDefinition kind, string name, string why) => Failure(422, StatusReasons.Invalid, why) with
    {
        Details = new StatusDetails { Name = name, Group = kind.Group, Kind = kind.Kind, Causes = [new StatusCause { Reason = "FieldValueInvalid", Message = why, Field = "patch" }] },
    };

    /// <summary>410: the change log no longer reaches back that far.</summary>
    public static Status Expired(string message = "The provided resource version is too old: list again and watch from there") =>
        Failure(410, StatusReasons.Expired, message);

    public static Status BadRequest(string message) => Failure(400, StatusReasons.BadRequest, message);

    public static Status Unauthorized() => Failure(401, StatusReasons.Unauthorized, "Unauthorized");

    /// <param name="why">Such as <c>User "jane" cannot delete resource "apps" in API group "federation"</c>.</param>
    public static Status Forbidden(KindDefinition kind, string name, string why) => About(
        kind,
        name,
        Failure(403, StatusReasons.Forbidden, name.Length == 0 ? $"{kind.GroupResource} is forbidden: {why}" : $"{kind.GroupResource} \"{name}\" is forbidden: {why}"));

    public static Status Forbidden(string why) => Failure(403, StatusReasons.Forbidden, $"forbidden: {why}");

    public static Status MethodNotAllowed() => Failure(405, StatusReasons.MethodNotAllowed, "the server does not allow this method on the requested resource");

    public static Status NotAcceptable(IEnumerable<string> served) => Failure(
        406, StatusReasons.NotAcceptable, $"only the following media types are accepted: {string.Join(", ", served)}");

    public static Status RequestEntityTooLarge(long limit) => Failure(
        413, StatusReasons.RequestEntityTooLarge, $"Request entity too large: limit is {limit} bytes");

    public static Status UnsupportedMediaType(IEnumerable<string> served) => Failure(
        415, StatusReasons.UnsupportedMediaType, $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", served)}");

    public static Status TooManyRequests(int retryAfterSeconds, string message = "too many requests, please try again later") => RetryAfter(
        retryAfterSeconds, Failure(429, StatusReasons.TooManyRequests, message));

    public static Status InternalError(string message) => Failure(500, StatusReasons.InternalError, $"Internal error occurred: {message}");

    public static Status ServiceUnavailable(string message, int retryAfterSeconds = 1) => RetryAfter(
        retryAfterSeconds, Failure(503, StatusReasons.ServiceUnavailable, message));

    public static Status Timeout(string message, int retryAfterSeconds = 1) => RetryAfter(
        retryAfterSeconds, Failure(504, StatusReasons.Timeout, $"Timeout: {message}"));

    /// <summary>200 for a deletion that left nothing behind.</summary>
    public static Status Deleted(KindDefinition kind, string name, string? uid) => new()
    {
        Outcome = "Success",
        Code = 200,
        Details = new StatusDetails { Name = name, Group = kind.Group, Kind = kind.Plural, Uid = uid },
    };

    /// <summary>200 for the deletion of a collection.</summary>
    public static Status CollectionDeleted(KindDefinition kind) => new()
    {
        Outcome = "Success",
        Code = 200,
        Details = new StatusDetails { Group = kind.Group, Kind = kind.Plural },
    };

    private static Status Failure(int code, string reason, string message) => new() { Code = code, Reason = reason, Message = message };

    private static Status About(KindDefinition kind, string name, Status status) =>
        status with { Details = new StatusDetails { Name = name, Group = kind.Group, Kind = kind.Plural } };

    private static Status RetryAfter(int seconds, Status status) => status with { Details = new StatusDetails { RetryAfterSeconds = seconds } };
}
