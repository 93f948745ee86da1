using Federation.Api.Apps;
using Federation.Api.Validation;

namespace Federation.Api.Pets;

internal static class PetExposeRules
{
    private const int LastPort = 65_535;

    public static void Validate(PetSetSpec spec, FieldPath path, FieldErrors errors)
    {
        ExposeRules.Validate([.. spec.Expose.Select(port => port.ToExpose())], spec.Template.Spec.Containers, path, errors);
        for (var i = 0; i < spec.Expose.Count; i++)
        {
            var (port, at) = (spec.Expose[i], path.Index(i));
            if (!Ports.IsValid(port.Port))
                continue;
            var last = LastOf(port, spec);
            if (last > LastPort)
                errors.Invalid(at.Child("port"), port.Port, $"must be no more than {LastPort + 1 - Math.Max(1, spec.Replicas ?? 1)}: each of the {spec.Replicas} pets has a port of its own");
            var other = Enumerable.Range(0, i).FirstOrDefault(j => Overlap(spec.Expose[j], port, spec), -1);
            if (other >= 0)
                errors.Invalid(at.Child("port"), port.Port, $"the ports {port.Port} to {last} are not all free: {path.Index(other)} takes {spec.Expose[other].Port} to {LastOf(spec.Expose[other], spec)}");
        }
    }

    /// <summary>Equal ports are found with all other kinds' rules.</summary>
    private static bool Overlap(PetExposeSpec left, PetExposeSpec right, PetSetSpec spec) =>
        left.Port != right.Port && (left.Protocol ?? "TCP") == (right.Protocol ?? "TCP")
        && left.Port <= LastOf(right, spec) && right.Port <= LastOf(left, spec);

    private static int LastOf(PetExposeSpec port, PetSetSpec spec) => port.PerPet == true ? port.Port + Math.Max(1, spec.Replicas ?? 1) - 1 : port.Port;
}
