using Federation.Api.Meta;
using Federation.Api.Validation;
using Federation.Gateway.Http;

namespace Federation.Gateway.Resources;

/// <summary>Refuses parameters of a list or a watch that contradict each other, as Kubernetes does: like an object with wrong fields.</summary>
internal static class ListOptionErrors
{
    /// <exception cref="RefusedException">422 that names every wrong parameter.</exception>
    public static void ThrowIfAny(this FieldErrors errors)
    {
        if (errors.IsEmpty)
            return;
        var sentences = errors.All.Select(error => error.ToString()).ToList();
        throw new RefusedException(new Status
        {
            Code = 422,
            Reason = StatusReasons.Invalid,
            Message = $"ListOptions.meta.k8s.io \"\" is invalid: {(sentences.Count == 1 ? sentences[0] : $"[{string.Join(", ", sentences)}]")}",
            Details = new StatusDetails { Group = "meta.k8s.io", Kind = "ListOptions", Causes = [.. errors.All.Select(error => error.ToCause())] },
        });
    }
}
