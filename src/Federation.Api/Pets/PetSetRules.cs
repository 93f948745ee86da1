using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Pets;

internal sealed class PetSetRules : KindRules<PetSet, PetSetSpec>
{
    /// <summary>Each pet has its own entry in the status, and every pet has the addresses of all.</summary>
    public const int MostPets = 1000;

    /// <summary>Ordinals have at most six digits.</summary>
    public const int LastOrdinal = 999_999;

    /// <summary>A pet's name is a DNS label: the set's name, a dash, and up to six digits.</summary>
    private const int LongestName = Syntax.LabelLength - 7;

    private static readonly FieldPath TemplatePath = FieldPath.Spec.Child("template");
    private static readonly FieldPath ClaimsPath = FieldPath.Spec.Child("volumeClaims");
    private static readonly FieldPath PlacementPath = FieldPath.Spec.Child("placement");

    protected override PetSetSpec Spec(PetSet resource) => resource.Spec;

    protected override PetSet WithStatusOf(PetSet resource, PetSet other) => resource with { Status = other.Status };

    protected override PetSet Default(PetSet resource) => resource with { Spec = PetSetDefaults.Apply(resource.Spec) };

    protected override void Validate(PetSet resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        if (resource.Metadata.Name.Length > LongestName)
            errors.Invalid(FieldPath.Root.Child("metadata", "name"), resource.Metadata.Name, $"must be no more than {LongestName} characters: the pets' names are longer");
        Within(spec.Replicas, 0, MostPets, FieldPath.Spec.Child("replicas"), errors);
        Within(spec.Ordinals.Start, 0, LastOrdinal - MostPets, FieldPath.Spec.Child("ordinals", "start"), errors);
        Within(spec.MinReadySeconds, 0, int.MaxValue, FieldPath.Spec.Child("minReadySeconds"), errors);
        ValidateStrategy(spec.UpdateStrategy, FieldPath.Spec.Child("updateStrategy"), errors);
        ValidateClaims(spec.VolumeClaims, errors);
        PodTemplateRules.Validate(spec.Template, TemplatePath, errors, claims: [.. spec.VolumeClaims.Select(claim => claim.Name)]);
        ValidatePlacement(spec, errors);
        PetExposeRules.Validate(spec, FieldPath.Spec.Child("expose"), errors);
    }

    public override void ValidateUpdate(Resource old, Resource next, FieldErrors errors)
    {
        var (before, after) = (((PetSet)old).Spec.VolumeClaims, ((PetSet)next).Spec.VolumeClaims);
        for (var i = 0; i < after.Count; i++)
        {
            var (claim, at) = (after[i], ClaimsPath.Index(i));
            var known = before.FirstOrDefault(candidate => candidate.Name == claim.Name);
            if (known is null)
            {
                errors.Forbidden(at, "volume claims cannot be added: the pets' volumes exist already");
                continue;
            }

            if (claim.Size is { } size && known.Size is { } had && size < had)
                errors.Invalid(at.Child("size"), size.ToString(), $"cannot shrink: it is {had}");
            if ((claim.Class ?? "") != (known.Class ?? ""))
                errors.Invalid(at.Child("class"), claim.Class ?? "", "field is immutable");
        }

        foreach (var claim in before.Where(claim => after.All(candidate => candidate.Name != claim.Name)))
            errors.Forbidden(ClaimsPath, $"volume claims cannot be renamed or removed: {claim.Name} is missing");
    }

    private static void ValidateStrategy(PetUpdateStrategy strategy, FieldPath path, FieldErrors errors)
    {
        if (strategy is { Partition: not null, Type: PetUpdateType.OnDelete })
            errors.Forbidden(path.Child("partition"), "only type RollingUpdate takes it");
        else
            Within(strategy.Partition, 0, LastOrdinal, path.Child("partition"), errors);
    }

    private static void ValidateClaims(IReadOnlyList<VolumeClaim> claims, FieldErrors errors)
    {
        var names = new HashSet<string>();
        for (var i = 0; i < claims.Count; i++)
        {
            var (claim, at) = (claims[i], ClaimsPath.Index(i));
            if (claim.Name.Length == 0)
                errors.Required(at.Child("name"));
            else if (!Syntax.IsDns1123Label(claim.Name))
                errors.Invalid(at.Child("name"), claim.Name, Syntax.Dns1123LabelRule);
            else if (!names.Add(claim.Name))
                errors.Duplicate(at.Child("name"), claim.Name);

            if (claim.Size is not { } size)
                errors.Required(at.Child("size"));
            else if (size.Value < 1)
                errors.Invalid(at.Child("size"), size.ToString(), "must be greater than 0");
            if (claim.Class is { Length: > 0 } @class && !Syntax.IsDns1123Subdomain(@class))
                errors.Invalid(at.Child("class"), @class, Syntax.Dns1123SubdomainRule);
            if (claim.From is { } source)
                ValidateSource(source, claims.First(other => other.From is not null).From!, at.Child("from"), errors);
        }
    }

    private static void ValidateSource(VolumeSource source, VolumeSource first, FieldPath path, FieldErrors errors)
    {
        if (source.Snapshot.Length == 0)
            errors.Required(path.Child("snapshot"));
        else if (!Syntax.IsDns1123Label(source.Snapshot))
            errors.Invalid(path.Child("snapshot"), source.Snapshot, Syntax.Dns1123LabelRule);
        if (source.Id is { } id && (id.Length is 0 or > 63 || id.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter != '-')))
            errors.Invalid(path.Child("id"), id, "must be a copy's id, such as 20260102T030000Z-0, or its part before the ordinal");
        if (source with { Missing = null } != first with { Missing = null } || (source.Missing ?? MissingCopy.Wait) != (first.Missing ?? MissingCopy.Wait))
            errors.Invalid(path, source.Snapshot, "must be the same for all claims that have it: a pet begins with the volumes of one moment");
    }

    private static void ValidatePlacement(PetSetSpec spec, FieldErrors errors)
    {
        var placement = spec.Placement;
        var common = new PlacementSpec
        {
            Clusters = placement.Clusters,
            Regions = placement.Regions,
            Spread = placement.Spread,
            Failover = new FailoverSpec { After = placement.Failover?.After },
        };
        PlacementRules.Validate(common, PlacementPath, spec.Replicas, errors);
    }

    private static void Within(int? value, int least, int most, FieldPath path, FieldErrors errors)
    {
        if (value < least || value > most)
            errors.Invalid(path, value, most == int.MaxValue ? $"must be greater than or equal to {least}" : $"must be between {least} and {most}");
    }
}
