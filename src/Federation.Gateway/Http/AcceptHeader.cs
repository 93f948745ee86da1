using Federation.Api.Meta;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Federation.Gateway.Http;

/// <summary>The form of the answer that a client wants.</summary>
internal enum AnswerForm
{
    Object,

    /// <summary><c>as=Table;v=v1;g=meta.k8s.io</c></summary>
    Table,

    /// <summary><c>as=PartialObjectMetadata;v=v1;g=meta.k8s.io</c>, for lists <c>PartialObjectMetadataList</c>: the metadata without spec and status.</summary>
    Metadata,
}

/// <summary>Content negotiation as Kubernetes' clients use it: parameters of the media type choose the form.</summary>
internal static class AcceptHeader
{
    private static readonly string[] Served = ["application/json", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"];

    /// <exception cref="RefusedException">406: nothing that is asked for is served.</exception>
    public static AnswerForm FormOf(HttpContext context)
    {
        var accept = context.Request.Headers.Accept;
        if (accept.Count == 0)
            return AnswerForm.Object;
        if (MediaTypeHeaderValue.TryParseList(accept, out var wanted))
        {
            // In the order written: clients list their first choice first and give no weights.
            foreach (var media in wanted)
            {
                if (!IsJson(media))
                    continue;
                var form = Parameter(media, "as");
                if (form is null)
                    return AnswerForm.Object;
                if (Parameter(media, "v") != "v1" || Parameter(media, "g") != "meta.k8s.io")
                    continue;
                if (form == "Table")
                    return AnswerForm.Table;
                if (form is "PartialObjectMetadata" or "PartialObjectMetadataList")
                    return AnswerForm.Metadata;
            }
        }

        throw new RefusedException(Statuses.NotAcceptable(Served));
    }

    /// <summary>The aggregated discovery version asked for (<c>v2</c>, <c>v2beta1</c>); null: the legacy form.</summary>
    public static string? DiscoveryVersion(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParseList(context.Request.Headers.Accept, out var wanted))
            return null;
        foreach (var media in wanted)
        {
            if (!IsJson(media))
                continue;
            if (Parameter(media, "as") is null)
                return null;
            if (Parameter(media, "as") == "APIGroupDiscoveryList" && Parameter(media, "g") == "apidiscovery.k8s.io" && Parameter(media, "v") is "v2" or "v2beta1")
                return Parameter(media, "v");
        }

        return null;
    }

    private static bool IsJson(MediaTypeHeaderValue media) => media.MatchesAllTypes || media.MediaType.Value is "application/json" or "application/*" or "text/html";

    private static string? Parameter(MediaTypeHeaderValue media, string name)
    {
        foreach (var parameter in media.Parameters)
        {
            if (parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return parameter.Value.Value;
        }

        return null;
    }
}
