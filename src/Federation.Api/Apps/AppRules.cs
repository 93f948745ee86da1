using Federation.Api.Validation;

namespace Federation.Api.Apps;

internal sealed class AppRules : KindRules<App, AppSpec>
{
    /// <summary>A thousand times what one engine runs: a mistake, not a wish.</summary>
    public const int MostReplicas = 100_000;

    private static readonly FieldPath ReplicasPath = FieldPath.Spec.Child("replicas");
    private static readonly FieldPath TemplatePath = FieldPath.Spec.Child("template");
    private static readonly FieldPath PlacementPath = FieldPath.Spec.Child("placement");
    private static readonly FieldPath ExposePath = FieldPath.Spec.Child("expose");

    protected override AppSpec Spec(App resource) => resource.Spec;

    protected override App WithStatusOf(App resource, App other) => resource with { Status = other.Status };

    protected override App Default(App resource) => resource with { Spec = AppDefaults.Apply(resource.Spec) };

    protected override void Validate(App resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        if (spec.Replicas is < 0 or > MostReplicas)
            errors.Invalid(ReplicasPath, spec.Replicas, $"must be between 0 and {MostReplicas}");
        PodTemplateRules.Validate(spec.Template, TemplatePath, errors);
        PlacementRules.Validate(spec.Placement, PlacementPath, spec.Replicas, errors);
        ExposeRules.Validate(spec.Expose, spec.Template.Spec.Containers, ExposePath, errors);
    }
}
