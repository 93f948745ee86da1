using Federation.Api.Json;
using Federation.Api.Quantities;
using Federation.Api.Validation;

namespace Federation.Api.Apps;

internal static class PodTemplateRules
{
    private static readonly string[] KnownResources = ["cpu", "memory"];

    private static readonly string[] Forever = ["Always"];

    /// <param name="restartPolicies">Those that the kind allows; null: only Always, which need not be said.</param>
    /// <param name="claims">Names of volumes that every pod has besides those of the template.</param>
    public static void Validate(PodTemplate template, FieldPath path, FieldErrors errors, IReadOnlyList<string>? restartPolicies = null, IReadOnlyCollection<string>? claims = null)
    {
        MetadataRules.ValidateLabels(template.Metadata.Labels, path.Child("metadata", "labels"), errors);
        MetadataRules.ValidateAnnotations(template.Metadata.Annotations, path.Child("metadata", "annotations"), errors);

        var specPath = path.Child("spec");
        var spec = template.Spec;
        if (spec.RestartPolicy is null && restartPolicies is not null)
            errors.Required(specPath.Child("restartPolicy"), $"must be one of {string.Join(", ", restartPolicies)}");
        else if (spec.RestartPolicy is { } policy && !(restartPolicies ?? Forever).Contains(policy))
            errors.NotSupported(specPath.Child("restartPolicy"), policy, restartPolicies ?? Forever);
        if (spec.TerminationGracePeriodSeconds is < 0 or > 86_400)
            errors.Invalid(specPath.Child("terminationGracePeriodSeconds"), spec.TerminationGracePeriodSeconds, "must be between 0 and 86400");
        if (spec.NodeName is not null)
            errors.Forbidden(specPath.Child("nodeName"), "the cluster's agent chooses the machine");
        if (spec.Containers.Count == 0)
            errors.Required(specPath.Child("containers"));
        var names = new HashSet<string>();
        ValidateContainers(spec.InitContainers, specPath.Child("initContainers"), names, isInit: true, errors);
        ValidateContainers(spec.Containers, specPath.Child("containers"), names, isInit: false, errors);
        SecurityRules.Validate(spec.SecurityContext, specPath.Child("securityContext"), errors);
        HostAliasRules.Validate(spec.HostAliases, specPath.Child("hostAliases"), errors);
        ValidateData(spec, claims ?? [], specPath, errors);
    }

    private static void ValidateData(PodSpec spec, IReadOnlyCollection<string> claims, FieldPath path, FieldErrors errors)
    {
        HashSet<string> names = [.. spec.InitContainers.Concat(spec.Containers).Select(container => container.Name)];
        for (var i = 0; i < spec.InitContainers.Count; i++)
            EnvRules.Validate(spec.InitContainers[i], ownsNetwork: true, names, path.Child("initContainers").Index(i), errors);
        for (var i = 0; i < spec.Containers.Count; i++)
            EnvRules.Validate(spec.Containers[i], ownsNetwork: i == 0, names, path.Child("containers").Index(i), errors);
        VolumeRules.Validate(spec, claims, names, path, errors);
        for (var i = 0; i < spec.ImagePullSecrets.Count; i++)
            ReferenceRules.ValidateName(spec.ImagePullSecrets[i].Name, path.Child("imagePullSecrets").Index(i).Child("name"), errors);
    }

    private static void ValidateContainers(IReadOnlyList<ContainerSpec> containers, FieldPath path, HashSet<string> names, bool isInit, FieldErrors errors)
    {
        var portNames = new HashSet<string>();
        var ports = new HashSet<(int, string)>();
        for (var i = 0; i < containers.Count; i++)
        {
            var (container, at) = (containers[i], path.Index(i));
            if (container.Name.Length == 0)
                errors.Required(at.Child("name"));
            else if (!Syntax.IsDns1123Label(container.Name))
                errors.Invalid(at.Child("name"), container.Name, Syntax.Dns1123LabelRule);
            else if (!names.Add(container.Name))
                errors.Duplicate(at.Child("name"), container.Name);

            if (container.Image.Length == 0)
                errors.Required(at.Child("image"));
            else if (!ImageReference.TryParse(container.Image, out _))
                errors.Invalid(at.Child("image"), container.Image, "must be an image reference such as nginx:1.27 or registry.example.com/team/web@sha256:…");

            ValidatePorts(container.Ports, at.Child("ports"), portNames, ports, errors);
            ValidateResources(container.Resources, at.Child("resources"), errors);
            if (container.WorkingDir is { Length: > 0 } directory && !directory.StartsWith('/'))
                errors.Invalid(at.Child("workingDir"), directory, "must be an absolute path");
            SecurityRules.Validate(container.SecurityContext, at.Child("securityContext"), errors);
            ProbeRules.Validate(container, at, isInit, errors);
            LifecycleRules.Validate(container, at, isInit, errors);
        }
    }

    /// <summary>The containers of a pod share one network: names and numbers are unique over all of them, numbers for each protocol.</summary>
    private static void ValidatePorts(IReadOnlyList<ContainerPort> list, FieldPath path, HashSet<string> names, HashSet<(int, string)> numbers, FieldErrors errors)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var (port, at) = (list[i], path.Index(i));
            if (port.Name is { } name && !Syntax.IsPortName(name))
                errors.Invalid(at.Child("name"), name, Syntax.PortNameRule);
            else if (port.Name is not null && !names.Add(port.Name))
                errors.Duplicate(at.Child("name"), port.Name);

            if (port.Port == 0)
                errors.Required(at.Child("containerPort"));
            else if (!Ports.IsValid(port.Port))
                errors.Invalid(at.Child("containerPort"), port.Port, Ports.Rule);
            else if (!numbers.Add((port.Port, port.Protocol ?? "TCP")))
                errors.Duplicate(at.Child("containerPort"), port.Port);

            if (port.Protocol is { } protocol && !Ports.Protocols.Contains(protocol))
                errors.NotSupported(at.Child("protocol"), protocol, Ports.Protocols);
        }
    }

    private static void ValidateResources(ResourceRequirements resources, FieldPath path, FieldErrors errors)
    {
        ValidateAmounts(resources.Requests, path.Child("requests"), errors);
        ValidateAmounts(resources.Limits, path.Child("limits"), errors);
        foreach (var (name, request) in resources.Requests)
        {
            if (resources.Limits.TryGetValue(name, out var limit) && request > limit)
                errors.Invalid(path.Child("requests").Key(name), request.ToString(), $"must be less than or equal to {name} limit of {limit}");
        }
    }

    private static void ValidateAmounts(IReadOnlyDictionary<string, Quantity> amounts, FieldPath path, FieldErrors errors)
    {
        foreach (var (name, amount) in amounts)
        {
            if (!KnownResources.Contains(name))
                errors.NotSupported(path.Key(name), name, KnownResources);
            else if (amount.Milli < 0)
                errors.Invalid(path.Key(name), amount.ToString(), "must be greater than or equal to 0");
        }
    }
}

internal static class Ports
{
    public const string Rule = "must be between 1 and 65535, inclusive";

    public static IReadOnlyList<string> Protocols { get; } = ["TCP", "UDP"];

    public static bool IsValid(int port) => port is > 0 and < 65_536;

    /// <summary>A reference to a port: by number, or by the name of one of these.</summary>
    public static void ValidateReference(IntOrString? port, IEnumerable<ContainerPort> named, FieldPath path, FieldErrors errors)
    {
        if (port is not { } reference)
            errors.Required(path);
        else if (reference.Number is { } number && !IsValid(number))
            errors.Invalid(path, number, Rule);
        else if (reference.Text is { } text && !Syntax.IsPortName(text))
            errors.Invalid(path, text, Syntax.PortNameRule);
        else if (reference.Text is { } name && !named.Any(candidate => candidate.Name == name))
            errors.Invalid(path, name, "must be the name of a container port");
    }
}
