using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Nodes;
using Federation.Api.Validation;

namespace Federation.Gateway.Nodes;

/// <summary>What a written Node asks of its machine, as a change of the machine's entry in <c>spec.nodes</c> of its Cluster. Pure.</summary>
/// <param name="Unschedulable">Null: as it is.</param>
/// <param name="Taints">All of the entry's; null: as they are.</param>
/// <param name="Labels">A null value: the label goes.</param>
internal sealed record NodeWish(bool? Unschedulable, IReadOnlyList<Taint>? Taints, IReadOnlyDictionary<string, string?> Labels)
{
    private static readonly FieldPath LabelsPath = FieldPath.Metadata.Child("labels");
    private static readonly FieldPath TaintsPath = FieldPath.Spec.Child("taints");

    /// <summary>Labels that say where a machine is; its Cluster decides that.</summary>
    private static readonly HashSet<string> OfTheCluster = [PodLabels.Cluster, PodLabels.Region, NodeLabels.Region, NodeLabels.Zone];

    public bool IsEmpty => Unschedulable is null && Taints is null && Labels.Count == 0;

    /// <param name="shown">The Node as it is shown.</param>
    /// <param name="bare">The Node as it would be shown if nobody wanted anything of it.</param>
    /// <param name="wanted">The Node as it was written.</param>
    public static NodeWish Of(Node shown, Node bare, Node wanted, FieldErrors errors) =>
        new(UnschedulableOf(shown, bare, wanted, errors), TaintsOf(shown, bare, wanted, errors), LabelsOf(shown, bare, wanted, errors));

    /// <summary>What an apply may state of labels.</summary>
    public static void CheckLabels(IEnumerable<string> keys, FieldErrors errors)
    {
        foreach (var key in keys.Where(OfTheCluster.Contains))
            errors.Forbidden(LabelsPath.Key(key), "says where the machine is; its Cluster decides that");
    }

    private static bool? UnschedulableOf(Node shown, Node bare, Node wanted, FieldErrors errors)
    {
        var (now, next) = (shown.Spec.Unschedulable == true, wanted.Spec.Unschedulable == true);
        if (now == next)
            return null;
        if (!next && bare.Spec.Unschedulable == true)
            errors.Forbidden(FieldPath.Spec.Child("unschedulable"), "the machine's whole cluster is unschedulable (spec.unschedulable of the Cluster)");
        return next;
    }

    private static List<Taint>? TaintsOf(Node shown, Node bare, Node wanted, FieldErrors errors)
    {
        if (shown.Spec.Taints.ToHashSet().SetEquals(wanted.Spec.Taints))
            return null;
        foreach (var given in bare.Spec.Taints.Where(taint => !wanted.Spec.Taints.Contains(taint)))
            errors.Forbidden(TaintsPath, $"{given.Key}:{given.Effect} is a taint of the machine itself or of its Cluster and cannot be removed or changed here");
        return [.. wanted.Spec.Taints.Where(taint => !bare.Spec.Taints.Contains(taint))];
    }

    private static Dictionary<string, string?> LabelsOf(Node shown, Node bare, Node wanted, FieldErrors errors)
    {
        var (now, next) = (shown.Metadata.Labels, wanted.Metadata.Labels);
        var changes = new Dictionary<string, string?>();
        foreach (var (key, value) in next)
        {
            if (!now.TryGetValue(key, out var old) || old != value)
                changes[key] = bare.Metadata.Labels.GetValueOrDefault(key) == value ? null : value;
        }

        foreach (var key in now.Keys.Where(key => !next.ContainsKey(key)))
        {
            if (bare.Metadata.Labels.TryGetValue(key, out var own) && own == now[key] && !OfTheCluster.Contains(key))
                errors.Forbidden(LabelsPath.Key(key), "is a label of the machine itself and cannot be removed; it can be overruled with another value");
            changes[key] = null;
        }

        CheckLabels(changes.Keys, errors);
        return changes;
    }
}
