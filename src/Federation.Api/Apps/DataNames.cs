using Federation.Api.Core;

namespace Federation.Api.Apps;

/// <summary>A ConfigMap or Secret that a template names.</summary>
/// <param name="Kind"><c>ConfigMap</c> or <c>Secret</c>.</param>
/// <param name="Name">Its name; the namespace is the template's owner's.</param>
public readonly record struct DataName(string Kind, string Name)
{
    /// <summary>Everything that the template names, each once: in variables, volumes and as credentials of registries. Sorted.</summary>
    public static IReadOnlyList<DataName> In(PodTemplate template)
    {
        var names = new HashSet<DataName>();
        foreach (var container in template.Spec.InitContainers.Concat(template.Spec.Containers))
            Collect(container, names);
        foreach (var volume in template.Spec.Volumes)
            Collect(volume, names);
        foreach (var secret in template.Spec.ImagePullSecrets)
            Secret(secret.Name, names);
        return names.Count == 0 ? [] : [.. names.OrderBy(name => name.Kind, StringComparer.Ordinal).ThenBy(name => name.Name, StringComparer.Ordinal)];
    }

    private static void Collect(ContainerSpec container, HashSet<DataName> names)
    {
        foreach (var source in container.Env.Select(variable => variable.ValueFrom).OfType<EnvVarSource>())
        {
            Map(source.ConfigMapKeyRef?.Name, names);
            Secret(source.SecretKeyRef?.Name, names);
        }

        foreach (var source in container.EnvFrom)
        {
            Map(source.ConfigMapRef?.Name, names);
            Secret(source.SecretRef?.Name, names);
        }
    }

    private static void Collect(Volume volume, HashSet<DataName> names)
    {
        Map(volume.ConfigMap?.Name, names);
        Secret(volume.Secret?.SecretName, names);
        foreach (var source in volume.Projected?.Sources ?? [])
        {
            Map(source.ConfigMap?.Name, names);
            Secret(source.Secret?.Name, names);
        }
    }

    private static void Map(string? name, HashSet<DataName> names)
    {
        if (name is not null)
            names.Add(new DataName(ConfigMap.KindName, name));
    }

    private static void Secret(string? name, HashSet<DataName> names)
    {
        if (name is not null)
            names.Add(new DataName(Core.Secret.KindName, name));
    }
}
