using Federation.Api.Meta;

namespace Federation.Gateway.Http;

/// <summary>Ends a request with a Status, from however deep inside it was found that it cannot be served.</summary>
internal sealed class RefusedException(Status status) : Exception(status.Message)
{
    public Status Status { get; } = status;
}
