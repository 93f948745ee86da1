using Federation.Api.Apps;
using Federation.Api.Validation;

namespace Federation.Api.Daemons;

internal sealed class DaemonRules : KindRules<Daemon, DaemonSpec>
{
    private static readonly FieldPath TemplatePath = FieldPath.Spec.Child("template");
    private static readonly FieldPath PlacementPath = FieldPath.Spec.Child("placement");
    private static readonly FieldPath ExposePath = FieldPath.Spec.Child("expose");

    protected override DaemonSpec Spec(Daemon resource) => resource.Spec;

    protected override Daemon WithStatusOf(Daemon resource, Daemon other) => resource with { Status = other.Status };

    protected override Daemon Default(Daemon resource) => resource with
    {
        Spec = resource.Spec with
        {
            Template = AppDefaults.Apply(resource.Spec.Template),
            Expose = [.. resource.Spec.Expose.Select(AppDefaults.Apply)],
        },
    };

    protected override void Validate(Daemon resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        PodTemplateRules.Validate(spec.Template, TemplatePath, errors);
        PlacementRules.ValidateChoice(spec.Placement.Clusters, spec.Placement.Regions, PlacementPath, errors);
        ExposeRules.Validate(spec.Expose, spec.Template.Spec.Containers, ExposePath, errors);
    }
}
