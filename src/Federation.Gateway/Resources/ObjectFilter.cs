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
    private readonly KindDefinition _kind;
    private readonly LabelQuery _labels;
    private readonly FieldQuery _fields;

    private ObjectFilter(KindDefinition kind, string? @namespace, LabelQuery labels, FieldQuery fields) =>
        (_kind, Namespace, _labels, _fields) = (kind, @namespace, labels, fields);

    /// <summary>Null: all.</summary>
    public string? Namespace { get; }

    /// <summary>Nothing but the namespace is asked for.</summary>
    public bool HasNoSelector => _labels.SelectsEverything && _fields.SelectsEverything;

    /// <exception cref="RefusedException">400: not a selector.</exception>
    public static ObjectFilter Parse(KindDefinition kind, string? @namespace, IQueryCollection query)
    {
        if (!LabelQuery.TryParse(query["labelSelector"], out var labels, out var labelError))
            throw new RefusedException(Statuses.BadRequest(labelError));
        if (!FieldQuery.TryParse(kind, query["fieldSelector"], out var fields, out var fieldError))
            throw new RefusedException(Statuses.BadRequest(fieldError));
        // A selector for a namespace narrows a request for all of them.
        return new ObjectFilter(kind, @namespace ?? (kind.IsNamespaced ? fields.Namespace : null), labels, fields);
    }

    /// <summary>The objects of a snapshot that may match: at most one where the selectors name it.</summary>
    public IEnumerable<ObjectView> Candidates(Snapshot snapshot) =>
        _fields.Name is { } name && (Namespace is not null || !_kind.IsNamespaced) ? snapshot.Only(new ObjectKey(_kind.Kind, Namespace ?? "", name)) : snapshot.Enumerate();

    /// <summary>Whether the versions before and after a change match.</summary>
    /// <remarks>Most changes are not for most watches and change no label, so that is what is found out first, and once for both versions.</remarks>
    public (bool Before, bool After) Judge(in ObjectChange change)
    {
        var after = change.After;
        if ((Namespace is not null && after.Key.Namespace != Namespace) || !_fields.MatchesKey(after.Key))
            return (false, false);
        // The state that a delete leaves behind is the one before it.
        var before = change.Before ?? (change.IsDelete ? after : null);
        var (was, @is) = _labels.SelectsEverything ? (before is not null, true) : JudgeLabels(before, after);
        return (was && MatchesFields(before!), @is && !change.IsDelete && MatchesFields(after));
    }

    /// <remarks>The cheap questions first: the key is at hand, labels are read once for each version, and the whole object is decoded only for other fields.</remarks>
    public bool Matches(ObjectView view) =>
        (Namespace is null || view.Key.Namespace == Namespace)
        && _fields.MatchesKey(view.Key)
        && (_labels.SelectsEverything || _labels.Matches(view.Labels))
        && MatchesFields(view);

    private (bool Before, bool After) JudgeLabels(ObjectView? before, ObjectView after)
    {
        if (before is null)
            return (false, _labels.Matches(after.Labels));
        var labels = after.LabelsSince(before);
        var matches = _labels.Matches(labels);
        return (ReferenceEquals(labels, before.Labels) ? matches : _labels.Matches(before.Labels), matches);
    }

    private bool MatchesFields(ObjectView view) => _fields.SelectsByKeyOnly || _fields.Matches(view.Resource);
}
