using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Core;

/// <summary>An Event has neither spec nor status: all of it is content, and its generation stays.</summary>
internal sealed class EventRules : KindRules
{
    public override NameFormat NameFormat => NameFormat.Subdomain;

    public override IReadOnlyDictionary<string, Func<Resource, string>> SelectableFields { get; } = new Dictionary<string, Func<Resource, string>>
    {
        ["involvedObject.kind"] = static resource => ((Event)resource).InvolvedObject.Kind ?? "",
        ["involvedObject.namespace"] = static resource => ((Event)resource).InvolvedObject.Namespace ?? "",
        ["involvedObject.name"] = static resource => ((Event)resource).InvolvedObject.Name ?? "",
        ["involvedObject.uid"] = static resource => ((Event)resource).InvolvedObject.Uid ?? "",
        ["involvedObject.apiVersion"] = static resource => ((Event)resource).InvolvedObject.ApiVersion ?? "",
        ["involvedObject.resourceVersion"] = static resource => ((Event)resource).InvolvedObject.ResourceVersion ?? "",
        ["involvedObject.fieldPath"] = static resource => ((Event)resource).InvolvedObject.FieldPath ?? "",
        ["reason"] = static resource => ((Event)resource).Reason,
        ["type"] = static resource => ((Event)resource).Type,
        ["reportingComponent"] = static resource => ((Event)resource).ReportingComponent,
        ["source"] = static resource => ((Event)resource).Source.Component ?? "",
    };

    public override void Validate(Resource resource, FieldErrors errors)
    {
        var @event = (Event)resource;
        if (@event.Type is not ("Normal" or "Warning"))
            errors.NotSupported(FieldPath.Root.Child("type"), @event.Type, ["Normal", "Warning"]);
        if (@event.Count < 0)
            errors.Invalid(FieldPath.Root.Child("count"), @event.Count, "must be greater than or equal to 0");
    }
}
