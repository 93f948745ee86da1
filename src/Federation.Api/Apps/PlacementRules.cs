using Federation.Api.Selectors;
using Federation.Api.Validation;

namespace Federation.Api.Apps;

internal static class PlacementRules
{
    private const int HeaviestWeight = 1_000_000;

    public static void Validate(PlacementSpec placement, FieldPath path, int? replicas, FieldErrors errors)
    {
        ValidateChoice(placement.Clusters, placement.Regions, path, errors);
        ValidateSpread(placement, path.Child("spread"), replicas ?? 1, errors);
        if (placement.Divide is { } divide)
            ValidateDivide(divide, path.Child("divide"), errors);
        if (placement.Failover?.After is { } after && after < TimeSpan.Zero)
            errors.Invalid(path.Child("failover", "after"), after, "must be greater than or equal to 0s");
    }

    /// <summary>Which clusters may be used at all.</summary>
    public static void ValidateChoice(LabelSelector? clusters, IReadOnlyList<string> regions, FieldPath path, FieldErrors errors)
    {
        if (clusters is not null)
            SelectorRules.Validate(clusters, path.Child("clusters"), errors);
        ValidateRegions(regions, path.Child("regions"), errors);
    }

    /// <summary>Weights of a division or of DNS answers: each names one region or one cluster, and not all are 0.</summary>
    public static void ValidateWeights(IReadOnlyList<DivideWeight> weights, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<(string?, string?)>();
        for (var i = 0; i < weights.Count; i++)
        {
            var (weight, at) = (weights[i], path.Index(i));
            if (weight.Region is null && weight.Cluster is null)
                errors.Required(at, "must specify one of region and cluster");
            else if (weight.Region is not null && weight.Cluster is not null)
                errors.Forbidden(at, "may not specify both region and cluster");
            else if ((weight.Region ?? weight.Cluster) is { } name && !Syntax.IsDns1123Label(name))
                errors.Invalid(at.Child(weight.Region is null ? "cluster" : "region"), name, Syntax.Dns1123LabelRule);
            else if (!seen.Add((weight.Region, weight.Cluster)))
                errors.Duplicate(at, weight.Region ?? weight.Cluster ?? "");
            if (weight.Weight is < 0 or > HeaviestWeight)
                errors.Invalid(at.Child("weight"), weight.Weight, $"must be between 0 and {HeaviestWeight}");
        }

        if (weights.Count > 0 && weights.All(weight => weight.Weight == 0))
            errors.Invalid(path, 0, "at least one weight must be greater than 0");
    }

    private static void ValidateRegions(IReadOnlyList<string> regions, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < regions.Count; i++)
        {
            if (!Syntax.IsDns1123Label(regions[i]))
                errors.Invalid(path.Index(i), regions[i], Syntax.Dns1123LabelRule);
            else if (!seen.Add(regions[i]))
                errors.Duplicate(path.Index(i), regions[i]);
        }
    }

    private static void ValidateSpread(PlacementSpec placement, FieldPath path, int replicas, FieldErrors errors)
    {
        var seen = new HashSet<SpreadTopology>();
        for (var i = 0; i < placement.Spread.Count; i++)
        {
            var (spread, at) = (placement.Spread[i], path.Index(i));
            if (!seen.Add(spread.By))
                errors.Duplicate(at.Child("by"), spread.By.ToString().ToLowerInvariant());
            if (spread.Min is < 0)
                errors.Invalid(at.Child("min"), spread.Min, "must be greater than or equal to 0");
            if (spread.Max is < 1)
                errors.Invalid(at.Child("max"), spread.Max, "must be greater than or equal to 1");
            else if (spread.Min > spread.Max)
                errors.Invalid(at.Child("max"), spread.Max.Value, $"must be greater than or equal to min, which is {spread.Min}");

            // With Duplicate every cluster runs all replicas, so their number bounds nothing. An app scaled to 0 asks for no place at all.
            if (placement.Divide?.Mode != DivideMode.Duplicate && replicas > 0 && spread.Min > replicas)
                errors.Invalid(at.Child("min"), spread.Min.Value, $"must be less than or equal to spec.replicas, which is {replicas}");
        }
    }

    private static void ValidateDivide(DivideSpec divide, FieldPath path, FieldErrors errors)
    {
        if (divide.Weights.Count > 0 && divide.Mode is DivideMode.Capacity or DivideMode.Duplicate)
            errors.Forbidden(path.Child("weights"), $"only mode Weighted takes weights, and mode is {divide.Mode}");
        ValidateWeights(divide.Weights, path.Child("weights"), errors);
    }
}
