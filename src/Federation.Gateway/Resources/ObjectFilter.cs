using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Selectors;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>Which objects of a kind a request is about: a namespace and two selectors.</summary>
internal sealed class ObjectFilter
{
    private readonly LabelQuery _labels;
    private readonly FieldQuery _fields;

    private ObjectFilter(string? @namespace, LabelQuery labels, FieldQuery fields) => (Namespace, _labels, _fields) = (@namespace, labels, fields);

    /// <summary>Null: all.</summary>
    public string? Namespace { get; }

    /// <summary>Nothing but the namespace is asked for.</summary>
    public bool HasNoSelector => _labels.SelectsEverything && _fields.SelectsEverything;

    /// <summary>The only object that can match, if the selectors say so.</summary>
    public string? OnlyName => _fields.Name;

    /// <exception cref="RefusedException">400: not a selector.</exception>
    public static ObjectFilter Parse(KindDefinition kind, string? @namespace, IQueryCollection query)
    {
        if (!LabelQuery.TryParse(query["labelSelector"], out var labels, out var labelError))
            throw new RefusedException(Statuses.BadRequest(labelError));
        if (!FieldQuery.TryParse(kind, query["fieldSelector"], out var fields, out var fieldError))
            throw new RefusedException(Statuses.BadRequest(fieldError));
        // A selector for a namespace narrows a request for all of them.
        return new ObjectFilter(@namespace ?? (kind.IsNamespaced ? fields.Namespace : null), labels, fields);
    }

    public bool Matches(ObjectView view) =>
        (Namespace is null || view.Key.Namespace == Namespace)
        && (HasNoSelector || (_labels.Matches(view.Resource.Metadata.Labels) && _fields.Matches(view.Resource)));
}
